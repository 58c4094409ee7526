// SPDX-License-Identifier: GPL-3.0
pragma solidity 0.8.30;

/// @title Who may read which document
/// @notice The Secret Store asks `checkPermissions` before it releases the key of a document. This contract answers
/// from a list of readers per document, which the document's publisher keeps.
///
/// A document belongs to the account that claims its id first. Anyone can see a claim on its way into a block and send
/// another claim that gets into a block before it: that account would then name the readers. So a publisher claims
/// FIRST, checks that the claim succeeded, and only then stores the document's key in the Secret Store. A claim that
/// came too late reverts, and only the id is lost: take another one. Nobody can claim an id by guessing if it is random
/// or a hash of the document.
///
/// Revoking stops later reads. A reader who has already fetched the key keeps it.
/// @dev A small example to start from: it has no administrator, holds no money and can't be upgraded.
contract DocumentPermissions {
    /// @notice The publisher of a document: the one account that names its readers. Zero while nobody has claimed it.
    mapping(bytes32 document => address) public publisherOf;

    mapping(bytes32 document => mapping(address user => bool)) private granted;

    /// @notice `publisher` owns the permissions of `document` from now on.
    event Claimed(bytes32 indexed document, address indexed publisher);
    /// @notice `user` may read `document` from this block on.
    event Granted(bytes32 indexed document, address indexed user);
    /// @notice `user` may no longer read `document` from this block on.
    event Revoked(bytes32 indexed document, address indexed user);

    /// @notice The document belongs to `publisher`, who claimed it before.
    error AlreadyClaimed(bytes32 document, address publisher);
    /// @notice Only `publisher` names the readers of this document. Zero: nobody has claimed it yet.
    error NotPublisher(bytes32 document, address publisher);
    /// @notice The zero address belongs to nobody and never gets a permission.
    error ZeroUser();

    /// @notice Makes the caller the publisher of a document that nobody has claimed.
    /// @param document The id of its server key in the Secret Store.
    function claim(bytes32 document) external {
        address publisher = publisherOf[document];
        if (publisher != address(0)) revert AlreadyClaimed(document, publisher);
        own(document);
    }

    /// @notice Lets `user` read the document. The first grant for a document nobody has claimed also claims it.
    /// @dev If the document's key is stored before this call, read above why to claim first.
    function grant(bytes32 document, address user) external {
        if (user == address(0)) revert ZeroUser();
        address publisher = publisherOf[document];
        if (publisher == address(0)) own(document);
        else if (publisher != msg.sender) revert NotPublisher(document, publisher);
        granted[document][user] = true;
        emit Granted(document, user);
    }

    /// @notice Withdraws the permission of `user`. The publisher can't be excluded.
    function revoke(bytes32 document, address user) external {
        address publisher = publisherOf[document];
        if (publisher != msg.sender) revert NotPublisher(document, publisher);
        granted[document][user] = false;
        emit Revoked(document, user);
    }

    /// @notice Key servers ask this: may `user` use the key of `document`? The publisher always may.
    function checkPermissions(address user, bytes32 document) external view returns (bool) {
        // An unclaimed document has publisher zero, which must not give the zero address a permission.
        if (user == address(0)) return false;
        return granted[document][user] || publisherOf[document] == user;
    }

    function own(bytes32 document) private {
        publisherOf[document] = msg.sender;
        emit Claimed(document, msg.sender);
    }
}
