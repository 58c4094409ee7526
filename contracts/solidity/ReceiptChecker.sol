// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.8.30;

import "./MovedReceipts.sol";

/// @title The library Receipts as a contract
/// @notice Checks receipts of a Secret Store for any caller, also by eth_call, without a transaction. It has no owner and
/// stores nothing. Each check reverts with one of the errors in Receipts, MovedReceipts and ServerSets, or returns the hash that was signed. Compare
/// this hash: a call to an address without a contract returns nothing and does not revert.
contract ReceiptChecker {
    /// @notice See Receipts.verify.
    function verify(
        Receipts.Receipt calldata receipt,
        address[] calldata servers,
        uint256 threshold,
        bytes[] calldata signatures,
        uint32[] calldata indices
    ) external pure returns (bytes32 signed) {
        return Receipts.verify(receipt, servers, threshold, signatures, indices);
    }

    /// @notice See Receipts.verifyWithSetup.
    function verifyWithSetup(
        Receipts.Receipt calldata receipt,
        bytes32 version,
        Receipts.Setup calldata setup,
        bytes[] calldata signatures,
        uint32[] calldata indices
    ) external pure returns (bytes32 signed) {
        return Receipts.verifyWithSetup(receipt, version, setup, signatures, indices);
    }

    /// @notice See Receipts.digest.
    function digest(Receipts.Receipt calldata receipt) external pure returns (bytes32) {
        return Receipts.digest(receipt);
    }

    /// @notice See Receipts.versionOf.
    function versionOf(Receipts.Setup calldata setup) external pure returns (bytes32) {
        return Receipts.versionOf(setup);
    }

    /// @notice See MovedReceipts.verify.
    function verifyMoved(ServerSets sets, bytes32 origin, MovedReceipts.Shown calldata shown) external view returns (bytes32 signed) {
        return MovedReceipts.verify(sets, origin, shown);
    }

    /// @notice See MovedReceipts.versionOf.
    function versionOfSharing(MovedReceipts.Sharing calldata sharing) external pure returns (bytes32) {
        return MovedReceipts.versionOf(sharing);
    }
}
