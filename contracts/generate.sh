#!/bin/sh
# Compiles the Solidity sources and writes the Go bindings; everything it writes is checked in.
#
#   contracts/generate.sh           writes compiled/ and bindings/ anew
#   contracts/generate.sh --check   writes nothing, fails if what is checked in differs
#
# Needs Node 20 and npm (the compiler is the npm package solc, pinned in package-lock.json) and Go (abigen is
# go-ethereum's, of the version in go.mod).
set -eu
cd "$(dirname "$0")"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/compiled" "$tmp/bindings"

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
node compile.mjs "$tmp/compiled"
go build -trimpath -o "$tmp/abigen" github.com/ethereum/go-ethereum/cmd/abigen

# bind PACKAGE TYPE ABI [CREATION-CODE]: one package per contract, for abigen does not prefix the types of results.
bind() {
	mkdir -p "$tmp/bindings/$1"
	"$tmp/abigen" --v2 --pkg "$1" --type "$2" --abi "$3" ${4:+--bin "$4"} --out "$tmp/bindings/$1/$1.go"
}

# Ours, which can be deployed.
bind permissions DocumentPermissions "$tmp/compiled/DocumentPermissions.abi" "$tmp/compiled/DocumentPermissions.bin"
bind registrar Registrar "$tmp/compiled/Registrar.abi" "$tmp/compiled/Registrar.bin"
bind receiptchecker ReceiptChecker "$tmp/compiled/ReceiptChecker.abi" "$tmp/compiled/ReceiptChecker.bin"
bind serversets ServerSets "$tmp/compiled/ServerSets.abi" "$tmp/compiled/ServerSets.bin"
bind readrewards ReadRewards "$tmp/compiled/ReadRewards.abi" "$tmp/compiled/ReadRewards.bin"
bind governedset GovernedSet "$tmp/compiled/KeyServerSet.abi" "$tmp/compiled/KeyServerSet.bin"
bind twoofthree TwoOfThree "$tmp/compiled/TwoOfThree.abi" "$tmp/compiled/TwoOfThree.bin"
bind validatorset ValidatorSet "$tmp/compiled/ValidatorSet.abi" "$tmp/compiled/ValidatorSet.bin"

# Parity's, which networks have deployed and we call.
bind aclstorage ACLStorage abi/acl_storage.json
bind keysacl KeysACL abi/keys_acl.json
bind keyserverset KeyServerSet abi/key_server_set.json
bind ownedkeyserverset OwnedKeyServerSet abi/sol_owned_key_server_set_with_migration.json
bind simplekeyserverset SimpleKeyServerSet abi/sol_key_server_set_interface.json
bind privatecontract PrivateContract abi/private_contract.json
bind service Service abi/service.json
bind keygenerationservice KeyGenerationService abi/sol_server_key_generation_service.json
bind keyretrievalservice KeyRetrievalService abi/sol_server_key_retrieval_service.json
bind documentstoreservice DocumentStoreService abi/sol_document_key_store_service.json
bind documentretrievalservice DocumentRetrievalService abi/sol_document_key_shadow_retrieval_service.json
gofmt -w "$tmp/bindings"

if [ "${1:-}" = --check ]; then
	for d in compiled bindings; do
		diff -r "$d" "$tmp/$d" || { echo "contracts/$d is not what the sources give: run 'make generate' and commit" >&2; exit 1; }
	done
	echo "contracts: generated code is up to date"
	exit
fi
rm -rf compiled bindings
cp -R "$tmp/compiled" "$tmp/bindings" .
echo "contracts: wrote compiled/ and bindings/"
