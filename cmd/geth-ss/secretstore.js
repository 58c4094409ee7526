// The secretstore_* methods for the console, as web3.secretstore and secretstore.
web3._extend({
	property: 'secretstore',
	methods: [
		new web3._extend.Method({ name: 'generateDocumentKey', call: 'secretstore_generateDocumentKey', params: 3 }),
		new web3._extend.Method({ name: 'encrypt', call: 'secretstore_encrypt', params: 4 }),
		new web3._extend.Method({ name: 'decrypt', call: 'secretstore_decrypt', params: 4 }),
		new web3._extend.Method({ name: 'shadowDecrypt', call: 'secretstore_shadowDecrypt', params: 6 }),
		new web3._extend.Method({ name: 'serversSetHash', call: 'secretstore_serversSetHash', params: 1 }),
		new web3._extend.Method({ name: 'signRawHash', call: 'secretstore_signRawHash', params: 3 }),
		new web3._extend.Method({ name: 'keyStatus', call: 'secretstore_keyStatus', params: 1 }),
		new web3._extend.Method({ name: 'keys', call: 'secretstore_keys', params: 2 }),
		new web3._extend.Method({ name: 'explainAccess', call: 'secretstore_explainAccess', params: 3 }),
		new web3._extend.Method({ name: 'serverSets', call: 'secretstore_serverSets', params: 1 }),
		new web3._extend.Method({ name: 'makeOrder', call: 'secretstore_makeOrder', params: 1 }),
		new web3._extend.Method({ name: 'changeServers', call: 'secretstore_changeServers', params: 2 }),
		new web3._extend.Method({ name: 'cancelChange', call: 'secretstore_cancelChange', params: 2 }),
		new web3._extend.Method({ name: 'refreshShares', call: 'secretstore_refreshShares', params: 2 }),
		new web3._extend.Method({ name: 'planChange', call: 'secretstore_planChange', params: 2 }),
		new web3._extend.Method({ name: 'repair', call: 'secretstore_repair', params: 1 }),
		new web3._extend.Method({ name: 'writeOff', call: 'secretstore_writeOff', params: 1 }),
	],
	properties: [
		new web3._extend.Property({ name: 'status', getter: 'secretstore_status' }),
		new web3._extend.Property({ name: 'servers', getter: 'secretstore_servers' }),
		new web3._extend.Property({ name: 'peers', getter: 'secretstore_peers' }),
	],
});
var secretstore = web3.secretstore;

// How consensus stands, as web3.poa and poa, on a proof-of-authority network.
web3._extend({
	property: 'poa',
	methods: [],
	properties: [
		new web3._extend.Property({ name: 'status', getter: 'poa_status' }),
		new web3._extend.Property({ name: 'peers', getter: 'poa_peers' }),
		new web3._extend.Property({ name: 'validators', getter: 'poa_validators' }),
	],
});
var poa = web3.poa;
