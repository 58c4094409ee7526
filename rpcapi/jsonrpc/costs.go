package jsonrpc

import "strings"

// Cost is what a call of a method can cost its node.
type Cost int

const (
	Unknown Cost = iota

	// Cheap is a look-up, or has bounds of its own, as our methods have.
	Cheap

	// Executes runs contracts, or works through one whole block. It ends within the time
	// that a call has.
	Executes

	// WholeBlock is Executes if the last argument asks for the transactions themselves.
	WholeBlock

	// Scans goes through logs, many blocks, the state or the pool.
	Scans

	// LocalOnly runs in the background for as long as there are blocks to trace, and so is
	// for IPC alone.
	LocalOnly

	// Operators is for operators: it changes the node, or writes its files, and who may call
	// it has easier ways to stop the node. geth serves it over IPC alone unless told
	// otherwise.
	Operators
)

// costs has every method that a node can have; a test finds the one that is missing.
var costs = byName(map[Cost]string{
	Executes: `eth_call eth_simulateV1 eth_estimateGas eth_createAccessList eth_fillTransaction eth_sendTransaction eth_resend
		eth_getProof eth_getStorageValues eth_getBlockReceipts debug_getRawReceipts debug_printBlock`,
	WholeBlock: `eth_getBlockByHash eth_getBlockByNumber`,
	Scans: `eth_getLogs eth_getFilterLogs eth_feeHistory eth_pendingTransactions
		txpool_content txpool_contentFrom txpool_inspect
		debug_accountRange debug_dumpBlock debug_executionWitness debug_getAccessibleState debug_getBadBlocks
		debug_getModifiedAccountsByHash debug_getModifiedAccountsByNumber debug_intermediateRoots debug_replayBadBlock
		debug_standardTraceBadBlockToFile debug_standardTraceBlockToFile debug_storageRangeAt
		debug_traceBadBlock debug_traceBlock debug_traceBlockByHash debug_traceBlockByNumber debug_traceBlockFromFile
		debug_traceCall debug_traceTransaction`,
	LocalOnly: `debug_subscribe:traceChain`,
	Cheap: `eth_accounts eth_baseFee eth_blobBaseFee eth_blockNumber eth_capabilities eth_chainId eth_config eth_gasPrice
		eth_getBalance eth_getBlockTransactionCountByHash eth_getBlockTransactionCountByNumber eth_getCode
		eth_getFilterChanges eth_getHeaderByHash eth_getHeaderByNumber eth_getRawTransactionByBlockHashAndIndex
		eth_getRawTransactionByBlockNumberAndIndex eth_getRawTransactionByHash eth_getStorageAt
		eth_getTransactionByBlockHashAndIndex eth_getTransactionByBlockNumberAndIndex eth_getTransactionByHash
		eth_getTransactionCount eth_getTransactionReceipt eth_getUncleByBlockHashAndIndex
		eth_getUncleByBlockNumberAndIndex eth_getUncleCountByBlockHash eth_getUncleCountByBlockNumber
		eth_maxPriorityFeePerGas eth_newBlockFilter eth_newFilter eth_newPendingTransactionFilter
		eth_sendRawTransaction eth_sendRawTransactionSync eth_sign eth_signTransaction
		eth_subscribe:logs eth_subscribe:newHeads eth_subscribe:newPendingTransactions eth_subscribe:syncing
		eth_subscribe:transactionReceipts eth_subscribeSyncStatus eth_syncing eth_uninstallFilter
		debug_dbAncient debug_dbAncients debug_dbGet debug_discoveryV4Table debug_getRawBlock debug_getRawHeader
		debug_getRawTransaction debug_preimage
		net_listening net_peerCount net_version poa_peers poa_status poa_validators txpool_status web3_clientVersion web3_sha3 rpc_discover
		secretstore_cluster secretstore_decrypt secretstore_encrypt secretstore_explainAccess
		secretstore_cancelChange secretstore_changeServers secretstore_generateDocumentKey secretstore_generateServerKey
		secretstore_keyStatus secretstore_keys secretstore_makeOrder secretstore_peers secretstore_planChange
		secretstore_refreshShares secretstore_repair secretstore_retrieveDocumentKeys secretstore_serverKey
		secretstore_serverSets secretstore_servers secretstore_serversSetHash
		secretstore_shadowDecrypt secretstore_sign secretstore_signEcdsa secretstore_signRawHash secretstore_signSchnorr
		secretstore_status secretstore_storeDocumentKey secretstore_subscribe:access secretstore_writeOff`,
	Operators: `admin_addPeer admin_addTrustedPeer admin_datadir admin_exportChain admin_importChain admin_nodeInfo admin_peers
		admin_removePeer admin_removeTrustedPeer admin_startHTTP admin_startRPC admin_startWS admin_stopHTTP admin_stopRPC
		admin_stopWS admin_subscribe:peerEvents
		debug_blockProfile debug_chaindbCompact debug_chaindbProperty debug_clearTxpool debug_cpuProfile debug_freeOSMemory
		debug_gcStats debug_getTrieFlushInterval debug_goTrace debug_memStats debug_mutexProfile debug_setBlockProfileRate
		debug_setGCPercent debug_setHead debug_setMemoryLimit debug_setMutexProfileFraction debug_setTrieFlushInterval
		debug_stacks debug_startCPUProfile debug_startGoTrace debug_stopCPUProfile debug_stopGoTrace debug_sync
		debug_verbosity debug_vmodule debug_writeBlockProfile debug_writeMemProfile debug_writeMutexProfile
		dev_addWithdrawal dev_setFeeRecipient miner_setExtra miner_setGasLimit miner_setGasPrice
		poaadmin_carryOut poaadmin_propose poaadmin_vote
		testing_buildBlockV1 testing_commitBlockV1`,
})

// CostOf is what a method costs, Unknown if nobody has said.
func CostOf(method string) Cost { return costs[method] }

// Gated tells whether calls of that cost go through the gate.
func (c Cost) Gated() bool {
	return c == Executes || c == WholeBlock || c == Scans || c == LocalOnly
}

func byName(names map[Cost]string) map[string]Cost {
	costs := make(map[string]Cost)
	for cost, list := range names {
		for name := range strings.FieldsSeq(list) {
			costs[name] = cost
		}
	}
	return costs
}
