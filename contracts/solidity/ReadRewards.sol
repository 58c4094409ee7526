// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.8.30;

import "./MovedReceipts.sol";

/// @title Pays readers of a document
/// @notice Somebody offers a reward for reading a document. The contract pays each account that has a receipt for it, once.
/// The permission contract that the key servers ask decides who may read, and so who can be paid.
/// @dev An example of how to use Receipts, to start from. Note that it remembers the reader, not the receipt nor the
/// request: a reader can have as many of these as it likes.
contract ReadRewards {
    using Receipts for Receipts.Receipt;

    struct Offer {
        address by;
        bytes32 version; // of the document's key. The payer sets it, so readers can't bring receipts of their own servers
        uint256 reward; // for each reader, in wei
        uint256 left; // of the value paid in
        ServerSets sets; // follows the servers, from the payer, too; zero: receipts of later versions don't count
    }

    mapping(uint256 id => Offer) public offers;
    uint256 public count;

    mapping(uint256 id => mapping(address reader => bool)) public paid;

    event Offered(uint256 indexed id, bytes32 indexed version, uint256 reward);
    event Paid(uint256 indexed id, address indexed reader);

    /// @notice The receipt says that reading was refused.
    error NotGranted();
    /// @notice This reader has been paid already.
    error PaidAlready();
    /// @notice There is not enough left for a reward.
    error Exhausted();
    /// @notice The offer does not follow the servers: take `claim`.
    error NotFollowing();
    /// @notice The offer follows the servers: take `claimMoved`.
    error Following();
    error NotYours();
    error TransferFailed();

    /// @notice Offers a reward to each reader, as long as the value sent lasts.
    /// @param version Of the document's key; it fixes the document as well.
    function offer(bytes32 version, uint256 reward) external payable returns (uint256 id) {
        return offerFollowing(version, reward, ServerSets(address(0)));
    }

    /// @notice The same for a document that is to be read longer than its key servers stay. Without `sets` nobody is paid any
    /// more once the key has moved to others.
    /// @param sets A contract that the payer trusts, and shows links to.
    function offerFollowing(bytes32 version, uint256 reward, ServerSets sets) public payable returns (uint256 id) {
        id = count++;
        offers[id] = Offer(msg.sender, version, reward, msg.value, sets);
        emit Offered(id, version, reward);
    }

    /// @notice Pays the reader named in the receipt. Anybody may show the receipt.
    function claim(
        uint256 id,
        Receipts.Receipt calldata receipt,
        Receipts.Setup calldata setup,
        bytes[] calldata signatures,
        uint32[] calldata indices
    ) external {
        Offer storage o = offers[id];
        // Whoever follows the servers wants to know, of the first ones as well, whether they have been followed by others.
        if (address(o.sets) != address(0)) revert Following();
        receipt.verifyWithSetup(o.version, setup, signatures, indices);
        pay(id, o, receipt.granted, receipt.requester);
    }

    /// @notice Pays the reader named in a receipt of the offer's version, or of a later one, if the offer follows the servers.
    function claimMoved(uint256 id, MovedReceipts.Shown calldata shown) external {
        Offer storage o = offers[id];
        if (address(o.sets) == address(0)) revert NotFollowing();
        MovedReceipts.verify(o.sets, o.version, shown);
        pay(id, o, shown.receipt.granted, shown.receipt.requester);
    }

    function pay(uint256 id, Offer storage o, bool granted, address reader) private {
        if (!granted) revert NotGranted();
        if (paid[id][reader]) revert PaidAlready();
        if (o.left < o.reward) revert Exhausted();
        paid[id][reader] = true;
        o.left -= o.reward;
        emit Paid(id, reader);
        send(reader, o.reward);
    }

    /// @notice Pays what is left back to the account that made the offer.
    function close(uint256 id) external {
        Offer storage o = offers[id];
        if (o.by != msg.sender) revert NotYours();
        uint256 left = o.left;
        o.left = 0;
        send(msg.sender, left);
    }

    function send(address to, uint256 value) private {
        (bool ok,) = to.call{value: value}("");
        if (!ok) revert TransferFailed();
    }
}
