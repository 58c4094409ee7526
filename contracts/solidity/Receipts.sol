// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.8.30;

/// @title Receipts of a Secret Store
/// @notice When key servers grant, or refuse, a document key to a wallet's request, each signs a receipt. t+1 signatures,
/// by servers that hold shares of the key, prove the cluster's decision: t servers can't forge one. docs/receipts.md says
/// what a receipt proves and what it doesn't. This library does not check `granted`: check it yourself.
///
/// A receipt is worth only as much as your knowledge of its servers. So this library asks for that first: either the
/// servers themselves (`verify`), or the key's version (`verifyWithSetup`). The version is the hash of the terms under
/// which the key was made, and so fixes its servers and its threshold. Both must come from somebody that the calling
/// contract trusts, such as the publisher of the document, and NEVER from the account that shows the receipt: anybody
/// can make a key with servers of their own.
/// @dev A receipt stays valid for ever, and can be shown again and again: remember what has been paid for. A request that
/// is sent again later gets a different receipt, and a reader can send many requests. Don't use signatures as
/// identifiers: the library only checks that they are valid, so another signature on the same receipt gains nothing. It
/// refuses signatures with a high s, as the check off the chain does, so that both checks agree.
library Receipts {
    /// @notice The last block that the decision was made on. It is a block of the servers' chain, which may be another than
    /// this one.
    struct Block {
        uint64 number;
        bytes32 hash;
    }

    /// @notice What each server signs.
    struct Receipt {
        bytes32 cluster; // hash of the chain's genesis and the cluster's name
        bytes32 request; // hash that the wallet signed (EIP-712)
        address requester; // the account that made the request
        bytes32 key; // the document's id
        bytes32 version; // of its key: the hash of its Setup
        Block block;
        bool granted; // the verdict: CHECK IT
    }

    /// @notice The terms under which a key was made.
    struct Setup {
        bytes32 cluster;
        bytes32 key;
        uint32 threshold; // t: any t+1 members can use the key
        uint32 setSize;
        bytes members; // the servers' public keys, 64 bytes each, one after the other, in the order of their indices
        bytes initiator; // one of them
        bytes32 nonce;
        bytes32 proof; // hash of the author's proof
    }

    /// @notice There are `got` signatures, and `want` are needed.
    error TooFewSignatures(uint256 got, uint256 want);
    /// @notice `signatures` and `indices` have different lengths.
    error UnevenSignatures();
    /// @notice Indices must ascend, beginning with 1 or more, so that no server counts twice. This one does not.
    error IndexOutOfOrder(uint256 index);
    /// @notice This signature is not valid: it is not 65 bytes r, s, v with v 0 or 1 (or 27 or 28) and a low s, or it has no
    /// signer.
    error NoSignature(uint256 index);
    /// @notice The server of this index has not signed this receipt, or there is no server of this index.
    error NotSigned(uint256 index);
    /// @notice The receipt or the set-up belongs to another version of the key.
    error AnotherVersion(bytes32 version);

    /// @notice Checks a receipt for a contract that knows the servers.
    /// @param servers The addresses of all servers that have shares of the key, each once, in the order of their indices,
    /// which is the order of their ids.
    /// @param threshold t: t+1 signatures are needed.
    /// @param signatures The servers' signatures on the receipt: `receipt` of the parts in a client's answer.
    /// @param indices The servers that made these signatures: `set` in the answer. The first server has index 1.
    /// @return signed The hash that they have signed; each receipt has its own.
    function verify(
        Receipt memory receipt,
        address[] memory servers,
        uint256 threshold,
        bytes[] calldata signatures,
        uint32[] calldata indices
    ) internal pure returns (bytes32 signed) {
        signed = digest(receipt);
        address[] memory signers = recover(signed, threshold, signatures, indices);
        for (uint256 i = 0; i < signers.length; i++) {
            uint256 index = indices[i];
            if (index > servers.length || servers[index - 1] != signers[i]) revert NotSigned(index);
        }
    }

    /// @notice Checks a receipt for a contract that knows the key's version.
    /// @param version The key's version, from somebody that the contract trusts. `receipt.version` is NOT that.
    /// @param setup The terms that the version is the hash of. Whoever shows the receipt has them.
    function verifyWithSetup(
        Receipt memory receipt,
        bytes32 version,
        Setup calldata setup,
        bytes[] calldata signatures,
        uint32[] calldata indices
    ) internal pure returns (bytes32 signed) {
        if (receipt.version != version || versionOf(setup) != version) revert AnotherVersion(version);
        if (receipt.cluster != setup.cluster || receipt.key != setup.key) revert AnotherVersion(version);
        signed = digest(receipt);
        address[] memory signers = recover(signed, setup.threshold, signatures, indices);
        for (uint256 i = 0; i < signers.length; i++) {
            // Key servers make keys only with members that are in order and all different.
            uint256 end = 64 * uint256(indices[i]);
            if (end > setup.members.length) revert NotSigned(indices[i]);
            bytes32 member = keccak256(setup.members[end - 64:end]);
            if (address(uint160(uint256(member))) != signers[i]) revert NotSigned(indices[i]);
        }
    }

    /// @notice The hash that servers sign. The length of each part precedes it, in 8 bytes.
    function digest(Receipt memory r) internal pure returns (bytes32) {
        bytes memory subject = bytes.concat(
            hex"190000000000000011", "geth-ss/receipt/1",
            hex"0000000000000020", r.cluster,
            hex"0000000000000020", r.request,
            hex"0000000000000014", bytes20(r.requester)
        );
        bytes memory verdict = bytes.concat(
            hex"0000000000000008", bytes8(r.block.number),
            hex"0000000000000020", r.block.hash,
            hex"0000000000000001", r.granted ? bytes1(0x01) : bytes1(0x00)
        );
        return keccak256(bytes.concat(
            subject,
            hex"0000000000000020", r.key,
            hex"0000000000000020", r.version,
            verdict
        ));
    }

    /// @notice The version of a key that was made under these terms.
    function versionOf(Setup calldata s) internal pure returns (bytes32) {
        bytes memory head = bytes.concat(
            hex"190000000000000014", "geth-ss/generation/1",
            hex"0000000000000020", s.cluster,
            hex"0000000000000020", s.key,
            hex"0000000000000008", bytes4(s.threshold), bytes4(s.setSize)
        );
        bytes memory members = bytes.concat(
            bytes8(uint64(s.members.length)), s.members,
            bytes8(uint64(s.initiator.length)), s.initiator
        );
        return keccak256(bytes.concat(
            head,
            members,
            hex"0000000000000020", s.nonce,
            hex"0000000000000020", s.proof
        ));
    }

    /// @dev Returns the signers. There must be more than `threshold` signatures, all with different indices.
    function recover(bytes32 signed, uint256 threshold, bytes[] calldata signatures, uint32[] calldata indices)
        private
        pure
        returns (address[] memory signers)
    {
        if (signatures.length != indices.length) revert UnevenSignatures();
        if (signatures.length <= threshold) revert TooFewSignatures(signatures.length, threshold + 1);
        signers = new address[](signatures.length);
        uint256 previous = 0;
        for (uint256 i = 0; i < signatures.length; i++) {
            if (indices[i] <= previous) revert IndexOutOfOrder(indices[i]);
            previous = indices[i];
            signers[i] = signerOf(signed, signatures[i]);
            if (signers[i] == address(0)) revert NoSignature(indices[i]);
        }
    }

    /// @dev Half the order of secp256k1: a signature has the lower one of s and its negative.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev Returns zero if the signature is not valid.
    function signerOf(bytes32 signed, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) return address(0);
        uint8 v = uint8(signature[64]);
        if (v < 2) v += 27; // as key servers write it
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > MAX_S) return address(0);
        return ecrecover(signed, v, bytes32(signature[:32]), s);
    }
}
