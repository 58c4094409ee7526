// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.8.30;

import "./Receipts.sol";
import "./ServerSets.sol";

/// @title Receipts of keys that have moved to other servers
/// @notice When key servers change, each key is dealt anew, and has another version from then on. Its receipts name that
/// version, which is the hash of a set-up, and this names the origin: the version under which the key was made, which its
/// publisher has told. This library takes receipts of the origin and of all later versions, for contracts that know the
/// origin alone, and a contract ServerSets for who the servers are now.
///
/// t is that of the making of the key, or the lowest that the set allows, if that is higher; t+1 members of the set have to
/// sign. So at most t of a set's servers may lie, as ever. This library does not check `granted`: check it yourself.
/// @dev See Receipts for what else to heed.
library MovedReceipts {
    /// @notice The terms of one version: of the making of a key, or of dealing it anew.
    struct Sharing {
        Receipts.Setup setup;
        // The server set that it names. A set-up that names none is one of set 0: then both are zero.
        uint64 epoch;
        bytes32 set;
        // Of a key that was dealt anew. No dealers: the key was made so.
        uint64 round;
        bytes32 origin;
        bytes32 parent;
        uint32 made; // t that the key was made with
        bytes serverKey;
        bytes dealers; // of each: public key, index in 4 bytes, public share
    }

    /// @notice What is shown to a contract that knows the origin alone.
    struct Shown {
        Receipts.Receipt receipt;
        Sharing made; // the terms that the origin is the hash of
        Sharing now; // those that the receipt's version is the hash of. Not looked at if that is the origin
        address[] servers; // all of the set that `now` names, in their order
        bytes[] signatures;
        uint32[] indices; // of the signers, from 1 on, IN SERVERS
    }

    /// @notice The receipt names another origin, or a set-up that is not the hash of what it should be.
    error AnotherOrigin(bytes32 origin);

    /// @notice Checks a receipt of the origin, or of a later version of it.
    /// @param sets Follows the servers. From somebody that the contract trusts, as is the origin.
    /// @return signed The hash that the servers have signed.
    function verify(ServerSets sets, bytes32 origin, Shown calldata s) internal view returns (bytes32 signed) {
        if (s.made.dealers.length != 0 || versionOf(s.made) != origin) revert AnotherOrigin(origin);
        if (s.receipt.version == origin) return check(sets, s, s.made);
        if (s.now.origin != origin || s.now.dealers.length == 0 || s.now.made != s.made.setup.threshold) revert AnotherOrigin(origin);
        if (versionOf(s.now) != s.receipt.version) revert Receipts.AnotherVersion(s.receipt.version);
        return check(sets, s, s.now);
    }

    /// @notice The version of a key under these terms.
    function versionOf(Sharing calldata s) internal pure returns (bytes32) {
        if (s.set == 0) {
            // Such a version covers no epoch and no dealers, so anybody could choose them.
            if (s.epoch != 0 || s.dealers.length != 0) revert AnotherOrigin(s.origin);
            return Receipts.versionOf(s.setup);
        }
        bool moved = s.dealers.length != 0;
        bytes memory body = bytes.concat(
            moved ? bytes(hex"19000000000000000e") : bytes(hex"190000000000000014"),
            moved ? bytes("geth-ss/move/1") : bytes("geth-ss/generation/2"),
            partsOf(s.setup),
            hex"0000000000000008", bytes8(s.epoch),
            hex"0000000000000020", s.set
        );
        if (!moved) return keccak256(body);
        return keccak256(bytes.concat(body, partsOf(s)));
    }

    /// @dev What any version covers of its terms, each with its length before it.
    function partsOf(Receipts.Setup calldata s) private pure returns (bytes memory) {
        return bytes.concat(
            bytes.concat(
                hex"0000000000000020", s.cluster,
                hex"0000000000000020", s.key,
                hex"0000000000000008", bytes4(s.threshold), bytes4(s.setSize)
            ),
            bytes.concat(
                bytes8(uint64(s.members.length)), s.members,
                bytes8(uint64(s.initiator.length)), s.initiator
            ),
            hex"0000000000000020", s.nonce,
            hex"0000000000000020", s.proof
        );
    }

    /// @dev What that of a key that was dealt anew covers beside.
    function partsOf(Sharing calldata s) private pure returns (bytes memory) {
        return bytes.concat(
            bytes.concat(
                hex"0000000000000008", bytes8(s.round),
                hex"0000000000000020", s.origin,
                hex"0000000000000020", s.parent,
                hex"0000000000000004", bytes4(s.made)
            ),
            bytes8(uint64(s.serverKey.length)), s.serverKey,
            bytes8(uint64(s.dealers.length)), s.dealers
        );
    }

    function check(ServerSets sets, Shown calldata s, Sharing calldata sharing) private view returns (bytes32) {
        if (s.receipt.cluster != s.made.setup.cluster || s.receipt.key != s.made.setup.key) revert AnotherOrigin(s.receipt.version);
        if (sharing.setup.cluster != s.receipt.cluster || sharing.setup.key != s.receipt.key) revert Receipts.AnotherVersion(s.receipt.version);
        if (sharing.setup.setSize != s.servers.length) revert ServerSets.OtherServers(sharing.epoch);
        uint256 t = sets.serving(sharing.epoch, sharing.set, s.servers, s.receipt.block.number);
        if (t < s.made.setup.threshold) t = s.made.setup.threshold;
        return Receipts.verify(s.receipt, s.servers, t, s.signatures, s.indices);
    }
}
