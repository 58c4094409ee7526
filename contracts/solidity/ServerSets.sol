// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.8.30;

/// @title The server sets of a Secret Store, as they follow one another
/// @notice The key servers of a cluster change. This contract is deployed with one server set, and remembers the sets that
/// follow it, so that other contracts can check receipts of each of them: see MovedReceipts. Anybody may show it the next
/// link. A link counts if as many administrators of the parent as are needed have ordered the set, and a set quorum of the
/// parent's members is bound to it, with their epoch keys too, and has decided it. A parent that has lost its quorum can be
/// given up: then all of its administrators have ordered it, and a set quorum of the new set is bound to it and has decided.
///
/// It checks what fixes the successor. It leaves to the parent's members what they check before they sign: that the
/// members of the new set are ready and keep their epoch keys, and that the order has not expired.
///
/// Two different sets after one parent are evidence that more of its members lie than may. From then on the contract
/// believes neither, for ever. SHOW LINKS SOON: while the contract has not heard of the next set, it believes receipts of
/// its newest one, whatever block they name, and node keys of former servers may be sold one day. For this there is a
/// trusting period: if it is over without a new link, the keeper has to confirm the newest set, or show the next one.
/// @dev It has an owner, the keeper, only if it has a trusting period. It holds no money and can't be upgraded.
contract ServerSets {
    /// @notice What a server set's hash covers.
    struct Set {
        bytes32 cluster;
        uint64 epoch;
        bytes32 parent; // hash of the set before
        bytes members; // their public keys, 64 bytes each, ascending
        bytes keys; // their epoch keys, 64 bytes each, zero of who has none; empty in epoch 0
        uint32 floor; // lowest threshold of a key in this set
        uint64 refresh; // seconds
        address[] administrators; // ascending
        uint32 needed; // of them, for an order
    }

    /// @notice What shows that a set follows its parent.
    struct Link {
        Set set;
        // The rest of the order.
        uint256 chain; // id of the servers' chain
        bytes32[] addresses; // keccak256 of the address, HOST:PORT, of each member
        bool force;
        bool giveUp; // the parent has lost its quorum: all its administrators have signed, and the new set decides
        uint64 expires;
        bytes32 nonce;
        bytes orders; // the administrators' signatures on it, 65 bytes each
        // The attempt.
        bytes coordinator;
        bytes32 attempt; // its nonce
        uint64 number; // of the block from which on the set follows
        bytes32 hash; // of this block
        // Members of the parent, or of the new set if the parent is given up. Bit i is the one with index i+1. Signatures are 65 bytes each, in their order.
        uint256 bound;
        bytes bindings; // by node keys, and then by the epoch keys of those that have one
        uint32 ballot;
        uint256 voted;
        bytes votes;
    }

    struct Known {
        bytes32 hash;
        bytes32 servers; // keccak256 of its members' addresses, one after the other, each as a word
        uint64 start; // number of the block from which on it follows, on the servers' chain
        uint32 floor;
    }

    /// @notice The sets that are known, by epoch.
    mapping(uint64 epoch => Known) public known;
    uint64 public newest;
    /// @notice The lowest epoch that two different sets claim; zero while there is none. Sets from it on are not believed.
    uint64 public forked;
    /// @notice When the newest set was last shown or confirmed, in seconds.
    uint64 public confirmed;

    /// @notice For so many blocks after a set was followed its members' receipts still count: keys move one by one.
    uint64 public immutable drain;
    /// @notice How long the newest set is believed without a word of the keeper, in seconds. Zero: for ever.
    uint64 public immutable trusting;
    address public immutable keeper;

    event Followed(uint64 indexed epoch, bytes32 hash, uint64 start);
    /// @notice Two sets after one parent. What is known of this epoch and of later ones is not believed any more.
    event TwoLinks(uint64 indexed epoch, bytes32 hash, bytes32 other);
    event Confirmed(uint64 indexed epoch, bytes32 hash);

    /// @notice This contract does not know this set.
    error UnknownSet(uint64 epoch);
    /// @notice Two sets claim this epoch.
    error Forked(uint64 epoch);
    /// @notice The trusting period is over: the keeper has to confirm the newest set.
    error Stale(uint64 epoch);
    error NotKeeper();
    /// @notice These are not the servers of this set.
    error OtherServers(uint64 epoch);
    /// @notice The receipt is about a block at which another set had followed this one long ago.
    error Superseded(uint64 epoch, uint64 end);
    /// @notice The link does not belong after its parent, or is not well-formed.
    error NoLink(string what);
    /// @notice The administrators of the parent have not ordered this.
    error NotOrdered(uint256 got, uint256 want);
    /// @notice Too few members of the parent have signed.
    error NoQuorum(uint256 got, uint256 want);
    /// @notice The member of this index has not signed, or not with its epoch key.
    error NotSigned(uint256 index);

    /// @param first The set to begin with, from somebody that all users of this contract trust: usually set 0.
    constructor(Set memory first, uint64 start, uint64 drain_, uint64 trusting_) {
        wellFormed(first);
        drain = drain_;
        trusting = trusting_;
        keeper = msg.sender;
        remember(first.epoch, Known(hashOf(first), keccak256(abi.encodePacked(addressesOf(first.members))), start, first.floor));
    }

    /// @notice Tells the contract which sets follow one that it knows. Anybody may; after the trusting period only the keeper.
    /// @param parent The set that the first link follows.
    function show(Set calldata parent, Link[] calldata links) external {
        if (stale() && msg.sender != keeper) revert Stale(newest);
        Set memory from = parent;
        bytes32 hash = hashOf(from);
        if (known[from.epoch].hash != hash) revert UnknownSet(from.epoch);
        for (uint256 i = 0; i < links.length; i++) {
            if (forked != 0 && from.epoch >= forked) revert Forked(forked);
            Set memory set = links[i].set;
            bytes32 next = hashOf(set);
            bytes32 before = known[set.epoch].hash;
            if (set.epoch != from.epoch + 1) revert NoLink("epoch");
            if (before != next) {
                check(from, hash, set, next, links[i]);
                if (before != 0) {
                    forked = set.epoch;
                    emit TwoLinks(set.epoch, before, next);
                    return;
                }
                remember(set.epoch, Known(next, keccak256(abi.encodePacked(addressesOf(set.members))), links[i].number, set.floor));
            }
            (from, hash) = (set, next);
        }
    }

    /// @notice The keeper's word that the newest set known here is the newest one that there is.
    function confirm(bytes32 hash) external {
        if (msg.sender != keeper) revert NotKeeper();
        if (known[newest].hash != hash) revert UnknownSet(newest);
        confirmed = uint64(block.timestamp);
        emit Confirmed(newest, hash);
    }

    /// @notice Reverts unless these are the servers of the set, and their word about this block counts.
    /// @param hash Of the set; zero: whichever is known of this epoch.
    /// @param servers Addresses of all members, in their order.
    /// @param number Of the block on the servers' chain that a receipt is about.
    /// @return floor The lowest threshold that a key has in this set.
    function serving(uint64 epoch, bytes32 hash, address[] calldata servers, uint64 number) external view returns (uint32 floor) {
        Known storage set = known[epoch];
        if (forked != 0 && epoch >= forked) revert Forked(forked);
        if (set.hash == 0 || (hash != 0 && hash != set.hash)) revert UnknownSet(epoch);
        if (set.servers != keccak256(abi.encodePacked(servers))) revert OtherServers(epoch);
        if (epoch == newest) {
            if (stale()) revert Stale(epoch);
        } else {
            uint64 end = known[epoch + 1].start;
            if (number > end && number - end > drain) revert Superseded(epoch, end);
        }
        return set.floor;
    }

    /// @notice Whether the trusting period is over.
    function stale() public view returns (bool) {
        return trusting != 0 && block.timestamp > uint256(confirmed) + trusting;
    }

    /// @notice The hash of a set.
    function hashOf(Set memory s) public pure returns (bytes32) {
        bytes memory administrators;
        for (uint256 i = 0; i < s.administrators.length; i++) {
            administrators = bytes.concat(administrators, bytes20(s.administrators[i]));
        }
        bytes memory head = bytes.concat(
            hex"190000000000000014", "geth-ss/server set/1",
            hex"0000000000000020", s.cluster,
            hex"0000000000000008", bytes8(s.epoch),
            hex"0000000000000020", s.parent,
            part(s.members)
        );
        return keccak256(bytes.concat(
            head,
            part(s.keys),
            hex"0000000000000004", bytes4(s.floor),
            hex"0000000000000008", bytes8(s.refresh),
            part(administrators),
            hex"0000000000000004", bytes4(s.needed),
            hex"0000000000000014", bytes20(0) // no contract names the set
        ));
    }

    function remember(uint64 epoch, Known memory set) private {
        known[epoch] = set;
        newest = epoch;
        confirmed = uint64(block.timestamp);
        emit Followed(epoch, set.hash, set.start);
    }

    /// @dev Reverts unless the parent, of this hash, is followed by the set of the link, of hash next.
    function check(Set memory parent, bytes32 hash, Set memory set, bytes32 next, Link calldata link) private pure {
        wellFormed(set);
        if (set.cluster != parent.cluster || set.parent != hash) revert NoLink("parent");
        if (set.floor < parent.floor) revert NoLink("floor");
        if (settings(set) == settings(parent)) revert NoLink("nothing changes");
        if (ready(set.keys) < quorum(set.members.length / 64)) revert NoLink("ready");
        bool coordinated = contains(parent.members, link.coordinator) || (link.giveUp && contains(set.members, link.coordinator));
        if (!coordinated) revert NoLink("coordinator");

        bytes32 order = orderOf(set, link);
        ordered(parent, order, link.orders, link.giveUp ? parent.administrators.length : parent.needed);
        decided(link.giveUp ? set : parent, attemptOf(set, next, order, link), link);
    }

    /// @dev Reverts unless a set quorum of those who decide is bound to the attempt, and has decided it.
    function decided(Set memory voters, bytes32 attempt, Link calldata link) private pure {

        bytes32 digest = keccak256(bytes.concat(hex"190000000000000013", "geth-ss/set bound/1", hex"0000000000000020", attempt));
        uint256 at = signed(voters.members, true, digest, link.bound, link.bindings, 0);
        // Epoch keys: of the bound members alone, of which the set may lack some.
        at = signed(voters.keys, false, digest, link.bound, link.bindings, at);
        if (at != link.bindings.length) revert NoLink("bindings");

        if (link.ballot % 2 != 0) revert NoLink("ballot");
        digest = keccak256(bytes.concat(
            hex"19000000000000000c", "geth-ss/vote",
            hex"0000000000000020", attempt,
            hex"0000000000000005", bytes4(link.ballot), hex"01"
        ));
        if (signed(voters.members, true, digest, link.voted, link.votes, 0) != link.votes.length) revert NoLink("votes");
    }

    /// @dev Reverts unless the keys whose bits are set have signed, each 65 bytes of signatures from `at` on. Returns where
    /// the signatures end. All keys must be there, and a set quorum of them set, if they are the members'; else keys that
    /// are zero, or missing, are passed over.
    function signed(bytes memory keys, bool members, bytes32 digest, uint256 bits, bytes calldata signatures, uint256 at)
        private
        pure
        returns (uint256)
    {
        uint256 n = keys.length / 64;
        uint256 got = 0;
        if (members && n < 256 && bits >> n != 0) revert NoLink("signers");
        for (uint256 i = 0; i < n; i++) {
            if (bits & (1 << i) == 0) continue;
            got++;
            if (!members && zero(keys, i)) continue;
            if (at + 65 > signatures.length) revert NotSigned(i + 1);
            address signer = signerOf(digest, signatures[at:at + 65], true);
            if (signer == address(0) || signer != addressOf(keys, i)) revert NotSigned(i + 1);
            at += 65;
        }
        if (members && got < quorum(n)) revert NoQuorum(got, quorum(n));
        return at;
    }

    /// @dev Reverts unless so many administrators of the parent have signed, and nobody else.
    function ordered(Set memory parent, bytes32 order, bytes calldata signatures, uint256 needed) private pure {
        if (parent.needed == 0) revert NotOrdered(0, 0); // nobody may change it
        if (signatures.length % 65 != 0) revert NoLink("orders");
        uint256 seen = 0;
        uint256 got = 0;
        for (uint256 at = 0; at < signatures.length; at += 65) {
            address signer = signerOf(order, signatures[at:at + 65], false);
            uint256 i = 0;
            while (i < parent.administrators.length && parent.administrators[i] != signer) i++;
            if (signer == address(0) || i == parent.administrators.length) revert NoLink("orders");
            if (seen & (1 << i) == 0) got++;
            seen |= 1 << i;
        }
        if (got < needed) revert NotOrdered(got, needed);
    }

    bytes32 private constant DOMAIN = keccak256("EIP712Domain(string name,string version,uint256 chainId)");
    bytes32 private constant MEMBER = keccak256("Member(bytes id,string address)");
    bytes32 private constant ORDER = keccak256(
        "ServerSetOrder(bytes32 cluster,uint256 epoch,bytes32 parent,Member[] members,uint256 floor,uint256 refresh,address[] administrators,uint256 needed,bool force,uint256 expires,bytes32 nonce)Member(bytes id,string address)"
    );

    bytes32 private constant GIVE_UP = keccak256(
        "ServerSetGiveUp(bytes32 cluster,uint256 epoch,bytes32 parent,Member[] members,uint256 floor,uint256 refresh,address[] administrators,uint256 needed,bool force,uint256 expires,bytes32 nonce,string notGuaranteed)Member(bytes id,string address)"
    );
    /// @dev What wallets show who gives a set up.
    bytes32 private constant NOT_GUARANTEED = keccak256(
        "The key servers that go have lost their quorum and do not decide. Not guaranteed any more: that an id has one key for ever, that a document key is the only one of its id, and that no other server set has followed or will. Keys of which too few holders are up can not be used until those come back."
    );

    /// @dev What administrators sign (EIP-712): one type to change a set, and another one to give it up.
    function orderOf(Set memory set, Link calldata link) private pure returns (bytes32) {
        bytes32[] memory members = new bytes32[](set.members.length / 64);
        if (link.addresses.length != members.length) revert NoLink("addresses");
        for (uint256 i = 0; i < members.length; i++) {
            members[i] = keccak256(abi.encode(MEMBER, keyHash(set.members, i), link.addresses[i]));
        }
        bytes memory head = abi.encode(link.giveUp ? GIVE_UP : ORDER, set.cluster, set.epoch, set.parent, keccak256(abi.encodePacked(members)), set.floor, set.refresh);
        bytes memory tail = abi.encode(keccak256(abi.encodePacked(set.administrators)), set.needed, link.force, link.expires, link.nonce);
        if (link.giveUp) tail = bytes.concat(tail, NOT_GUARANTEED);
        bytes32 domain = keccak256(abi.encode(DOMAIN, keccak256("Secret Store"), keccak256("1"), link.chain));
        return keccak256(bytes.concat(hex"1901", domain, keccak256(bytes.concat(head, tail))));
    }

    /// @dev The id of the attempt at the set, which the parent's members have signed.
    function attemptOf(Set memory set, bytes32 next, bytes32 order, Link calldata link) private pure returns (bytes32) {
        bytes32 proposal = keccak256(bytes.concat(
            bytes.concat(
                hex"190000000000000016", "geth-ss/set proposal/1",
                hex"0000000000000020", set.cluster,
                hex"0000000000000020", set.parent,
                hex"0000000000000020", order,
                part(link.coordinator)
            ),
            hex"0000000000000020", link.attempt,
            hex"0000000000000008", bytes8(link.number),
            hex"0000000000000020", link.hash
        ));
        bytes32 body = keccak256(bytes.concat(
            hex"19000000000000001a", "geth-ss/set attempt body/1",
            hex"0000000000000020", next,
            hex"0000000000000020", proposal,
            part(link.orders)
        ));
        return keccak256(bytes.concat(
            hex"190000000000000015", "geth-ss/set attempt/1",
            hex"0000000000000020", set.cluster,
            hex"0000000000000020", body
        ));
    }

    /// @dev What may not be the same in both sets, lest the order changes nothing.
    function settings(Set memory s) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(s.members), s.floor, s.refresh, s.administrators, s.needed));
    }

    function wellFormed(Set memory s) private pure {
        uint256 n = s.members.length / 64;
        if (n == 0 || n > 256 || s.members.length % 64 != 0) revert NoLink("members");
        if (s.keys.length != (s.epoch == 0 ? 0 : s.members.length)) revert NoLink("keys");
        if (s.epoch == 0 && s.parent != 0) revert NoLink("parent");
        if (s.floor >= n) revert NoLink("floor");
        for (uint256 i = 1; i < n; i++) {
            (bytes32 a, bytes32 b) = key(s.members, i - 1);
            (bytes32 c, bytes32 d) = key(s.members, i);
            if (a > c || (a == c && b >= d)) revert NoLink("members");
        }
        uint256 m = s.administrators.length;
        if (m > 64 || s.needed > m || (s.needed == 0) != (m == 0)) revert NoLink("administrators");
        for (uint256 i = 1; i < m; i++) {
            if (s.administrators[i - 1] >= s.administrators[i]) revert NoLink("administrators");
        }
    }

    function contains(bytes memory members, bytes calldata member) private pure returns (bool) {
        bytes32 hash = keccak256(member);
        for (uint256 i = 0; i < members.length / 64; i++) {
            if (keyHash(members, i) == hash) return true;
        }
        return false;
    }

    /// @dev How many epoch keys there are.
    function ready(bytes memory keys) private pure returns (uint256 n) {
        for (uint256 i = 0; i < keys.length / 64; i++) {
            if (!zero(keys, i)) n++;
        }
    }

    /// @dev Of n members f = (n-1)/3 may lie. Two quorums share f+1.
    function quorum(uint256 n) private pure returns (uint256) {
        return (n + (n - 1) / 3 + 2) / 2;
    }

    function part(bytes memory b) private pure returns (bytes memory) {
        return bytes.concat(bytes8(uint64(b.length)), b);
    }

    function key(bytes memory keys, uint256 i) private pure returns (bytes32 x, bytes32 y) {
        assembly ("memory-safe") {
            let at := add(add(keys, 32), mul(i, 64))
            x := mload(at)
            y := mload(add(at, 32))
        }
    }

    function zero(bytes memory keys, uint256 i) private pure returns (bool) {
        (bytes32 x, bytes32 y) = key(keys, i);
        return x == 0 && y == 0;
    }

    function keyHash(bytes memory keys, uint256 i) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(add(keys, 32), mul(i, 64)), 64)
        }
    }

    function addressOf(bytes memory keys, uint256 i) private pure returns (address) {
        return address(uint160(uint256(keyHash(keys, i))));
    }

    function addressesOf(bytes memory members) private pure returns (address[] memory all) {
        all = new address[](members.length / 64);
        for (uint256 i = 0; i < all.length; i++) all[i] = addressOf(members, i);
    }

    /// @dev Half the order of secp256k1.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev Returns zero if the signature, r, s, v, is not valid. Node keys and epoch keys sign with a low s.
    function signerOf(bytes32 digest, bytes calldata signature, bool low) private pure returns (address) {
        uint8 v = uint8(signature[64]);
        if (v < 2) v += 27;
        bytes32 s = bytes32(signature[32:64]);
        if (low && uint256(s) > MAX_S) return address(0);
        return ecrecover(digest, v, bytes32(signature[:32]), s);
    }
}
