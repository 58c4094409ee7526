// SPDX-License-Identifier: GPL-3.0
pragma solidity 0.8.30;

/// @title Who the key servers are, decided by several organisations
/// @notice Key servers read from this contract who they are. It has Parity's interface with migration: `current` are the key
/// servers that serve, `new` those that are wanted, and `migration` those to which the keys are being moved. The key servers
/// themselves start a migration and confirm it.
///
/// Nobody alone says who is wanted. A voter proposes a change, others approve it, and once more than a part of the voters has,
/// and the proposal has been public for the waiting time, anybody can have it carried out. Voters are the owners if there are
/// any, and otherwise the accounts of the current key servers. Every key server that is added, and every owner, has to accept
/// the proposal first: so no key is named that nobody has, and no vote is given to nobody.
///
/// NO WAY TO LOCK IT: the list is never empty, the part that has to approve is always less than all, the waiting time is
/// bounded, proposals expire, and a migration that hangs can be cancelled by a proposal. Who loses the keys of too many voters
/// deploys another contract.
/// @dev It holds no money, can't be upgraded, and asks for no state of old blocks. A key server has a place, 0 to 255, and a
/// list is a word with one bit for each place: so starting and completing a migration costs the same whatever the size.
contract KeyServerSet {
    /// @notice A key server: its public key without the leading byte 4, and where it is reached.
    struct Server {
        bytes publicKey;
        string host; // HOST:PORT, where HOST is a name, an IPv4 address, or an IPv6 address in brackets
    }

    /// @notice When a proposal is approved: by more than part/whole of the voters, and not before it is `waiting` seconds old.
    struct Rule {
        uint32 part;
        uint32 whole;
        uint64 waiting;
    }

    /// @notice What a proposal changes. `reset` goes first, then `remove`, then `put`.
    struct Change {
        bool reset; // cancels a migration that is under way, and wants the current key servers again
        address[] remove; // no longer wanted
        Server[] put; // wanted; who is wanted already gets this address
        bool govern; // the owners and the rule are replaced by these
        address[] owners; // none: the current key servers vote
        Rule rule;
    }

    /// @dev A key server in its place. A place is free if none of the three lists has it.
    struct Entry {
        address account;
        bytes32 x;
        bytes32 y;
        string host;
    }

    /// @dev accepted and approved are kept by account: a place may go to another key server.
    struct Proposal {
        address by;
        uint64 made; // in seconds; zero: there is no such proposal
        bool closed; // it was carried out, or withdrawn
        bytes change; // Change, encoded
        mapping(address => bool) accepted;
        mapping(address => bool) approved;
    }

    /// @notice So many key servers a list has at most: `getCurrentKeyServersCount` is a uint8.
    uint256 public constant MAX_SERVERS = 255;
    uint256 public constant MAX_OWNERS = 64;
    uint64 public constant MAX_WAITING = 30 days;
    /// @notice For so long after its waiting time a proposal can be carried out.
    uint64 public constant LIFETIME = 30 days;

    bytes32 private constant DOMAIN = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant ACCEPTANCE = keccak256("Acceptance(uint256 proposal,bytes32 change)");
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    Entry[256] private places;
    mapping(address account => uint256) private placeOf; // and 1; it counts only if the place still has this account
    uint256 private current;
    uint256 private migration; // zero: none is under way
    uint256 private wanted; // Parity's "new"
    uint256 private confirmed; // the members of migration that have

    bytes32 private migrationId;
    address private master;
    uint256 private lastChange;

    address[] private ownerList;
    Rule private rules;
    /// @notice How many proposals there have been. They are numbered from 1.
    uint256 public proposals;
    mapping(uint256 => Proposal) private made;
    mapping(address voter => uint256) private lastOf;

    // Parity's events, without an indexed argument, as they are there.
    event KeyServerAdded(address keyServer);
    event KeyServerRemoved(address keyServer);
    event MigrationStarted();
    event MigrationCompleted();

    event MigrationCancelled(bytes32 id);
    /// @notice The key server is reached at another address from now on.
    event KeyServerMoved(address indexed keyServer, string host);
    event Governed(address[] owners, Rule rule);
    event Proposed(uint256 indexed proposal, address indexed by, Change change);
    event Accepted(uint256 indexed proposal, address indexed by);
    event Approved(uint256 indexed proposal, address indexed by);
    event Withdrawn(uint256 indexed proposal);
    event CarriedOut(uint256 indexed proposal);

    /// @notice Only voters may: see voters().
    error NotVoter(address account);
    /// @notice This account's earlier proposal is still open: withdraw it, or wait until it ends.
    error StillOpen(uint256 proposal);
    /// @notice There is no such proposal, or it was carried out, was withdrawn, or has expired.
    error NotOpen(uint256 proposal);
    error NotProposer(address by);
    /// @notice The proposal names no such newcomer.
    error NotNamed(address account);
    /// @notice This newcomer has not accepted the proposal.
    error NotAccepted(address account);
    error TooFewApprovals(uint256 got, uint256 voters);
    /// @notice The proposal has to be public until then, in seconds.
    error TooEarly(uint256 until);
    error NothingToDo();
    error NotWanted(address account);
    /// @notice The list would be empty, or have more than MAX_SERVERS; or the three lists would have more than 256 together.
    error BadSize();
    error NamedTwice(address account);
    error BadKey(bytes publicKey);
    error BadHost(string host);
    error BadRule();
    error BadOwner(address owner);
    error BadSignature();
    error NotKeyServer(address account);
    error BadMigration(bytes32 id);
    /// @notice A migration is under way.
    error UnderWay(bytes32 id);
    error AlreadyConfirmed(address account);

    /// @param first The key servers to begin with; they are current at once. Whoever deploys this answers for their keys.
    /// @param owners Who votes. None: the current key servers.
    constructor(Server[] memory first, address[] memory owners, Rule memory rule) {
        for (uint256 i = 0; i < first.length; i++) {
            address account = accountOf(first[i].publicKey);
            if (isIn(wanted, account)) revert NamedTwice(account);
            put(first[i], account);
        }
        checkSize();
        current = wanted;
        lastChange = block.number;
        govern(owners, rule);
    }

    // Proposals.

    /// @notice Proposes a change, and approves it, which only voters can. A voter has one open proposal at a time.
    function propose(Change calldata change) external returns (uint256 id) {
        if (isOpen(lastOf[msg.sender])) revert StillOpen(lastOf[msg.sender]);
        check(change);
        id = ++proposals;
        lastOf[msg.sender] = id;
        Proposal storage p = made[id];
        (p.by, p.made, p.change) = (msg.sender, uint64(block.timestamp), abi.encode(change));
        emit Proposed(id, msg.sender, change);
        approve(id);
    }

    /// @notice Approves a proposal, and carries it out if nothing more is needed.
    function approve(uint256 id) public {
        if (!isOpen(id)) revert NotOpen(id);
        if (!isVoter(msg.sender)) revert NotVoter(msg.sender);
        Change memory change = abi.decode(made[id].change, (Change));
        if (isNewcomer(change, msg.sender)) acceptBy(id, msg.sender);
        if (!made[id].approved[msg.sender]) {
            made[id].approved[msg.sender] = true;
            emit Approved(id, msg.sender);
        }
        if (block.timestamp >= readyAt(id) && isApproved(id) && missing(id, change) == address(0)) perform(id, change);
    }

    /// @notice Carries out what is approved. Anybody may.
    function carryOut(uint256 id) external {
        if (!isOpen(id)) revert NotOpen(id);
        if (block.timestamp < readyAt(id)) revert TooEarly(readyAt(id));
        if (!isApproved(id)) revert TooFewApprovals(approvals(id), voters().length);
        Change memory change = abi.decode(made[id].change, (Change));
        address waits = missing(id, change);
        if (waits != address(0)) revert NotAccepted(waits);
        perform(id, change);
    }

    /// @notice The caller wants to become what the proposal makes it, a key server or an owner. A key server's transaction is
    /// signed with its node key, for this chain, this contract and this proposal: so it proves that it has the key.
    function accept(uint256 id) external {
        acceptFor(id, msg.sender);
    }

    /// @notice The same, for an account that sends no transactions: it has signed acceptance(id).
    function acceptSigned(uint256 id, address account, bytes calldata signature) external {
        if (signature.length != 65) revert BadSignature();
        address signer = ecrecover(acceptance(id), uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        if (signer == address(0) || signer != account) revert BadSignature();
        acceptFor(id, account);
    }

    /// @notice Withdraws an open proposal of the caller's.
    function withdraw(uint256 id) external {
        if (!isOpen(id)) revert NotOpen(id);
        if (made[id].by != msg.sender) revert NotProposer(made[id].by);
        made[id].closed = true;
        emit Withdrawn(id);
    }

    /// @notice A key server says where it is reached from now on. It needs nobody's approval: it has its key.
    function move(string calldata host) external {
        if (!isIn(current | migration | wanted, msg.sender)) revert NotKeyServer(msg.sender);
        setHost(placeOf[msg.sender] - 1, host);
    }

    // What there is to know about proposals.

    function voters() public view returns (address[] memory) {
        return ownerList.length > 0 ? ownerList : list(current);
    }

    /// @notice The owners, who vote. None: the current key servers vote.
    function owners() external view returns (address[] memory) {
        return ownerList;
    }

    function rule() external view returns (Rule memory) {
        return rules;
    }

    /// @notice A proposal. open: it can still be carried out, from `ready` on and until `until`. got: how many of the present
    /// voters have approved it. waits: a newcomer that has not accepted it; zero: none.
    function proposal(uint256 id) external view returns (address by, bool open, uint64 ready, uint64 until, uint256 got, address waits, Change memory change) {
        if (made[id].made == 0) revert NotOpen(id);
        change = abi.decode(made[id].change, (Change));
        (by, open, ready, until) = (made[id].by, isOpen(id), readyAt(id), readyAt(id) + LIFETIME);
        (got, waits) = (approvals(id), missing(id, change));
    }

    function hasApproved(uint256 id, address account) external view returns (bool) {
        return made[id].approved[account];
    }

    function hasAccepted(uint256 id, address account) external view returns (bool) {
        return made[id].accepted[account];
    }

    /// @notice What a newcomer signs to accept a proposal: EIP-712 typed data of this chain and this contract, with the number
    /// of the proposal and the hash of its change.
    function acceptance(uint256 id) public view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN, keccak256("KeyServerSet"), keccak256("1"), block.chainid, address(this)));
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(ACCEPTANCE, id, keccak256(made[id].change)))));
    }

    // Parity's interface.

    /// @notice The key servers have begun to move the keys to the new set. Whoever calls it has no further power.
    function startMigration(bytes32 id) external {
        if (!isIn(current | wanted, msg.sender)) revert NotKeyServer(msg.sender);
        if (migration != 0) revert UnderWay(migrationId);
        if (id == 0 || wanted == current) revert BadMigration(id);
        (migration, migrationId, master) = (wanted, id, msg.sender);
        emit MigrationStarted();
    }

    /// @notice The calling member of the new set has the keys that it should. With the last one the new set is the current one.
    function confirmMigration(bytes32 id) external {
        if (id == 0 || id != migrationId) revert BadMigration(id);
        if (!isIn(migration, msg.sender)) revert NotKeyServer(msg.sender);
        uint256 bit = 1 << (placeOf[msg.sender] - 1);
        if (confirmed & bit != 0) revert AlreadyConfirmed(msg.sender);
        confirmed |= bit;
        if (confirmed != migration) return;
        (current, lastChange) = (migration, block.number);
        endMigration();
        emit MigrationCompleted();
    }

    function getCurrentLastChange() external view returns (uint256) {
        return lastChange;
    }

    function getCurrentKeyServerIndex(address keyServer) external view returns (uint8) {
        if (!isIn(current, keyServer)) revert NotKeyServer(keyServer);
        return uint8(count(current & ((1 << (placeOf[keyServer] - 1)) - 1)));
    }

    function getCurrentKeyServersCount() external view returns (uint8) {
        return uint8(count(current));
    }

    function getCurrentKeyServer(uint8 index) external view returns (address) {
        return list(current)[index];
    }

    function getCurrentKeyServers() external view returns (address[] memory) {
        return list(current);
    }

    function getCurrentKeyServerPublic(address keyServer) external view returns (bytes memory) {
        return publicOf(current, keyServer);
    }

    function getCurrentKeyServerAddress(address keyServer) external view returns (string memory) {
        return hostOf(current, keyServer);
    }

    function getMigrationKeyServers() external view returns (address[] memory) {
        return list(migration);
    }

    function getMigrationKeyServerPublic(address keyServer) external view returns (bytes memory) {
        return publicOf(migration, keyServer);
    }

    function getMigrationKeyServerAddress(address keyServer) external view returns (string memory) {
        return hostOf(migration, keyServer);
    }

    function getNewKeyServers() external view returns (address[] memory) {
        return list(wanted);
    }

    function getNewKeyServerPublic(address keyServer) external view returns (bytes memory) {
        return publicOf(wanted, keyServer);
    }

    function getNewKeyServerAddress(address keyServer) external view returns (string memory) {
        return hostOf(wanted, keyServer);
    }

    /// @notice Of the migration under way; zero: none is.
    function getMigrationId() external view returns (bytes32) {
        return migrationId;
    }

    /// @notice Who has started the migration that is under way; zero: none is.
    function getMigrationMaster() external view returns (address) {
        return master;
    }

    function isMigrationConfirmed(address keyServer) external view returns (bool) {
        return isIn(confirmed, keyServer);
    }

    // How a proposal is judged.

    function isOpen(uint256 id) private view returns (bool) {
        return made[id].made != 0 && !made[id].closed && block.timestamp <= readyAt(id) + LIFETIME;
    }

    function readyAt(uint256 id) private view returns (uint64) {
        return made[id].made + rules.waiting;
    }

    function isVoter(address account) private view returns (bool) {
        if (ownerList.length == 0) return isIn(current, account);
        for (uint256 i = 0; i < ownerList.length; i++) {
            if (ownerList[i] == account) return true;
        }
        return false;
    }

    /// @dev Votes count by who votes now: whoever is no voter any more is not counted.
    function approvals(uint256 id) private view returns (uint256 got) {
        address[] memory all = voters();
        for (uint256 i = 0; i < all.length; i++) {
            if (made[id].approved[all[i]]) got++;
        }
    }

    function isApproved(uint256 id) private view returns (bool) {
        return approvals(id) * rules.whole > voters().length * rules.part;
    }

    function acceptFor(uint256 id, address account) private {
        if (!isOpen(id)) revert NotOpen(id);
        if (!isNewcomer(abi.decode(made[id].change, (Change)), account)) revert NotNamed(account);
        acceptBy(id, account);
    }

    function acceptBy(uint256 id, address account) private {
        if (made[id].accepted[account]) return;
        made[id].accepted[account] = true;
        emit Accepted(id, account);
    }

    function isNewcomer(Change memory change, address account) private pure returns (bool) {
        for (uint256 i = 0; i < change.put.length; i++) {
            if (accountOf(change.put[i].publicKey) == account) return true;
        }
        for (uint256 i = 0; i < change.owners.length; i++) {
            if (change.owners[i] == account) return true;
        }
        return false;
    }

    /// @dev Who has to accept and has not. Current key servers have shown that they have their keys: they served.
    function missing(uint256 id, Change memory change) private view returns (address) {
        for (uint256 i = 0; i < change.put.length; i++) {
            address account = accountOf(change.put[i].publicKey);
            if (!made[id].accepted[account] && !isIn(current, account)) return account;
        }
        for (uint256 i = 0; i < change.owners.length; i++) {
            if (!made[id].accepted[change.owners[i]] && !isVoter(change.owners[i])) return change.owners[i];
        }
        return address(0);
    }

    /// @dev What can be seen of a proposal when it is made. What depends on the lists is seen when it is carried out.
    function check(Change calldata change) private pure {
        if (!change.reset && change.remove.length == 0 && change.put.length == 0 && !change.govern) revert NothingToDo();
        for (uint256 i = 0; i < change.put.length; i++) {
            address account = accountOf(change.put[i].publicKey);
            checkHost(change.put[i].host);
            for (uint256 j = 0; j < i; j++) {
                if (accountOf(change.put[j].publicKey) == account) revert NamedTwice(account);
            }
        }
        if (change.govern) checkGovernment(change.owners, change.rule);
        else if (change.owners.length > 0) revert BadRule();
    }

    // How a change is carried out.

    function perform(uint256 id, Change memory change) private {
        made[id].closed = true;
        if (change.reset) reset();
        for (uint256 i = 0; i < change.remove.length; i++) remove(change.remove[i]);
        for (uint256 i = 0; i < change.put.length; i++) put(change.put[i], accountOf(change.put[i].publicKey));
        checkSize();
        if (change.govern) govern(change.owners, change.rule);
        emit CarriedOut(id);
    }

    function checkSize() private view {
        if (wanted == 0 || count(wanted) > MAX_SERVERS) revert BadSize();
    }

    function reset() private {
        uint256 before = wanted;
        wanted = current;
        for (uint256 i = 0; i < 256; i++) {
            uint256 bit = 1 << i;
            if (before & ~current & bit != 0) emit KeyServerRemoved(places[i].account);
            if (current & ~before & bit != 0) emit KeyServerAdded(places[i].account);
        }
        if (migration == 0) return;
        emit MigrationCancelled(migrationId);
        endMigration();
    }

    function endMigration() private {
        (migration, confirmed, migrationId, master) = (0, 0, 0, address(0));
    }

    function remove(address account) private {
        if (!isIn(wanted, account)) revert NotWanted(account);
        wanted &= ~(1 << (placeOf[account] - 1));
        emit KeyServerRemoved(account);
    }

    function put(Server memory server, address account) private {
        uint256 place;
        if (isIn(current | migration | wanted, account)) place = placeOf[account] - 1;
        else place = take(server.publicKey, account);
        setHost(place, server.host);
        if (wanted & (1 << place) != 0) return;
        wanted |= 1 << place;
        emit KeyServerAdded(account);
    }

    /// @dev A free place becomes the key server's. Nothing of who had it before counts any more: see isIn.
    function take(bytes memory publicKey, address account) private returns (uint256 place) {
        uint256 used = current | migration | wanted;
        if (used == type(uint256).max) revert BadSize();
        while (used & (1 << place) != 0) place++;
        (bytes32 x, bytes32 y) = point(publicKey);
        places[place] = Entry(account, x, y, "");
        placeOf[account] = place + 1;
    }

    function setHost(uint256 place, string memory host) private {
        checkHost(host);
        if (keccak256(bytes(places[place].host)) == keccak256(bytes(host))) return;
        places[place].host = host;
        emit KeyServerMoved(places[place].account, host);
    }

    function govern(address[] memory owners_, Rule memory rule_) private {
        checkGovernment(owners_, rule_);
        (ownerList, rules) = (owners_, rule_);
        emit Governed(owners_, rule_);
    }

    function checkGovernment(address[] memory owners_, Rule memory rule_) private pure {
        if (rule_.part >= rule_.whole || rule_.waiting > MAX_WAITING || owners_.length > MAX_OWNERS) revert BadRule();
        for (uint256 i = 0; i < owners_.length; i++) {
            if (owners_[i] == address(0)) revert BadOwner(owners_[i]);
            for (uint256 j = 0; j < i; j++) {
                if (owners_[i] == owners_[j]) revert NamedTwice(owners_[i]);
            }
        }
    }

    // Lists.

    function isIn(uint256 set, address account) private view returns (bool) {
        uint256 place = placeOf[account];
        return place != 0 && set & (1 << (place - 1)) != 0 && places[place - 1].account == account;
    }

    function list(uint256 set) private view returns (address[] memory all) {
        all = new address[](count(set));
        uint256 n;
        for (uint256 i = 0; n < all.length; i++) {
            if (set & (1 << i) != 0) all[n++] = places[i].account;
        }
    }

    function count(uint256 set) private pure returns (uint256 n) {
        for (; set != 0; set &= set - 1) n++;
    }

    function publicOf(uint256 set, address account) private view returns (bytes memory) {
        if (!isIn(set, account)) revert NotKeyServer(account);
        Entry storage e = places[placeOf[account] - 1];
        return abi.encodePacked(e.x, e.y);
    }

    function hostOf(uint256 set, address account) private view returns (string memory) {
        if (!isIn(set, account)) revert NotKeyServer(account);
        return places[placeOf[account] - 1].host;
    }

    // Keys and addresses.

    /// @dev The account of a public key, which has to be a point of secp256k1.
    function accountOf(bytes memory publicKey) private pure returns (address) {
        if (publicKey.length != 64) revert BadKey(publicKey);
        (bytes32 x, bytes32 y) = point(publicKey);
        (uint256 a, uint256 b) = (uint256(x), uint256(y));
        if (a >= P || b >= P || mulmod(b, b, P) != addmod(mulmod(mulmod(a, a, P), a, P), 7, P)) revert BadKey(publicKey);
        return address(uint160(uint256(keccak256(publicKey))));
    }

    function point(bytes memory publicKey) private pure returns (bytes32 x, bytes32 y) {
        assembly ("memory-safe") {
            x := mload(add(publicKey, 32))
            y := mload(add(publicKey, 64))
        }
    }

    /// @dev HOST:PORT, so that no entry makes the list one that key servers can't read.
    function checkHost(string memory text) private pure {
        bytes memory b = bytes(text);
        if (b.length > 259) revert BadHost(text);
        uint256 at = b.length;
        uint256 port;
        uint256 scale = 1;
        while (at > 0 && b[at - 1] >= "0" && b[at - 1] <= "9" && scale <= 10000) {
            port += (uint8(b[--at]) - 48) * scale;
            scale *= 10;
        }
        // The first digit is not 0, nor is the port; a colon and something go before it.
        if (at < 2 || at == b.length || b[at] == "0" || port > 65535 || b[at - 1] != ":") revert BadHost(text);
        bool six = b[0] == "[" && b[at - 2] == "]" && at > 4;
        (uint256 from, uint256 to) = six ? (uint256(1), at - 2) : (uint256(0), at - 1);
        for (uint256 i = from; i < to; i++) {
            bytes1 c = b[i];
            bool hexadecimal = (c >= "0" && c <= "9") || (c >= "a" && c <= "f") || (c >= "A" && c <= "F");
            bool letter = (c >= "a" && c <= "z") || (c >= "A" && c <= "Z");
            if (!hexadecimal && c != "." && (six ? c != ":" : !letter && c != "-")) revert BadHost(text);
        }
    }
}
