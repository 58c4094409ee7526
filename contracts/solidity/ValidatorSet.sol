// SPDX-License-Identifier: GPL-3.0
pragma solidity 0.8.30;

/// @title The validators of a proof-of-authority network
/// @notice The network's nodes read from the storage of this contract who makes blocks, after each block. So validators
/// come and go by transactions: one proposes, and what validators with more than two thirds of the weight have voted for
/// is done. A validator that is to be added has to accept first, by a transaction of its own: so its key is somebody's, and
/// it follows the chain. A proposal expires.
///
/// What was decided is scheduled for a block: the present one, or a later one, since in one block either one validator's
/// weight changes, or several by a third of the weight before at most. Later changes wait in their order. There is always a
/// validator.
/// @dev A node takes the list after block H to be what stands in `members` and `entries`, and above it what the queue has
/// for blocks up to H (package poa, contracts/validator_set.go). The contract has no owner, holds no money, can't be
/// upgraded, and has no immutables: nodes know its code.
contract ValidatorSet {
    /// @notice One validator, or one that is to be.
    struct Entry {
        uint32 weight; // in force; what the queue has for blocks up to this one is not in it before the next transaction
        uint32 planned; // once all that is scheduled has come
        uint16 position; // in members, from 1
        uint16 pending; // changes in the queue
        bytes20 peer; // id in consensus' transport; zero: nodes ask for it
        bytes32 x; // public key
        bytes32 y;
        string name; // for people
        string host; // host:port of its consensus
    }

    /// @notice A weight that a validator is to have from a block on: the list after this block has it.
    struct Change {
        address who;
        uint64 from;
        uint32 weight; // 0: it is no validator any more
    }

    struct Proposal {
        uint8 kind; // ADD, REMOVE, WEIGH or MOVE
        bool accepted; // by whom it adds
        bool done;
        address who;
        uint32 weight;
        uint64 expires; // timestamp up to which it can be voted for
        address proposer;
        bytes20 peer;
        bytes32 x;
        bytes32 y;
        string name;
        string host;
        address[] voters; // who is for it
    }

    /// @notice What a validator is, for the constructor.
    struct Member {
        bytes32 x;
        bytes32 y;
        uint32 weight;
        bytes20 peer;
        string name;
        string host;
    }

    uint8 public constant ADD = 1;
    uint8 public constant REMOVE = 2;
    uint8 public constant WEIGH = 3;
    uint8 public constant MOVE = 4;

    uint32 public constant MAX_WEIGHT = 1_000_000_000;
    /// @notice So many validators, those that are scheduled included.
    uint256 public constant MAX_MEMBERS = 255;
    /// @notice So many changes wait at most.
    uint256 public constant MAX_QUEUE = 64;

    /// @notice How long a proposal can be voted for, in seconds.
    uint64 public lifetime;
    /// @notice Nothing is proposed before this block.
    uint64 public begins;
    uint32 private head; // of the queue: the next change
    uint32 private tail; // behind the last one

    /// @notice The weight of all validators: in force, and once all that is scheduled has come.
    uint64 private total;
    uint64 public planned;
    /// @notice How many proposals there have been; they are numbered from 1.
    uint64 public proposed;

    // The last block for which anything was scheduled, by how much the weights change there, and the weight before it.
    uint64 private lastFrom;
    uint64 private lastDelta;
    uint64 private lastBefore;

    address[] private members;
    mapping(address who => Entry) private entries;
    mapping(uint256 number => Change) private queue;
    mapping(uint256 id => Proposal) private proposals;

    event Proposed(uint256 indexed id, uint8 kind, address indexed who, address indexed proposer);
    /// @notice A vote, or one that was taken back.
    event Voted(uint256 indexed id, address indexed voter, bool yes);
    event Accepted(uint256 indexed id, address indexed who);
    /// @notice The proposal was decided, and is carried out.
    event Passed(uint256 indexed id);
    /// @notice The list after block `from` has the validator with this weight; 0: without it.
    event Scheduled(address indexed who, uint32 weight, uint64 from);
    event Moved(address indexed who, string host, bytes20 peer);

    /// @notice Only validators propose and vote.
    error NotAValidator(address who);
    error AlreadyAValidator(address who);
    /// @notice It is the last validator, or the last one that stays.
    error LastValidator(address who);
    error BadWeight(uint32 weight);
    /// @notice It is no point of secp256k1.
    error BadKey(bytes32 x, bytes32 y);
    error BadName();
    error BadHost();
    error BadLifetime();
    error NoChange();
    error NotBegun(uint64 begins);
    error UnknownProposal(uint256 id);
    /// @notice It was carried out.
    error Done(uint256 id);
    error Expired(uint256 id, uint64 expires);
    error VotedAlready(uint256 id);
    error NotVoted(uint256 id);
    /// @notice The proposal adds another one, or nobody.
    error NotAsked(uint256 id, address who);
    error AcceptedAlready(uint256 id);
    /// @notice It lacks votes, or the word of whom it adds.
    error NotPassed(uint256 id, uint256 votes, uint256 all, bool accepted);
    error TooManyMembers();
    /// @notice Too many changes wait: try again in a later block.
    error QueueFull();

    /// @param first The network's validators, as they are.
    /// @param lifetime_ Of proposals, in seconds: from a minute to ten years.
    /// @param begins_ Nothing is proposed before this block: by then all nodes know the contract.
    constructor(Member[] memory first, uint64 lifetime_, uint64 begins_) {
        if (lifetime_ < 60 || lifetime_ > 3650 days) revert BadLifetime();
        if (first.length == 0 || first.length > MAX_MEMBERS) revert TooManyMembers();
        (lifetime, begins) = (lifetime_, begins_);
        for (uint256 i = 0; i < first.length; i++) {
            Member memory m = first[i];
            checkKey(m.x, m.y);
            checkWeight(m.weight);
            checkText(m.name, m.host);
            address who = addressOf(m.x, m.y);
            if (entries[who].position != 0) revert AlreadyAValidator(who);
            members.push(who);
            entries[who] = Entry(m.weight, m.weight, uint16(i + 1), 0, m.peer, m.x, m.y, m.name, m.host);
            total += m.weight;
        }
        planned = total;
    }

    // Proposals. Who proposes votes for it.

    /// @notice Proposes a new validator, which has to accept.
    function proposeAdd(bytes32 x, bytes32 y, uint32 weight, bytes20 peer, string calldata name, string calldata host)
        external
        returns (uint256 id)
    {
        settle();
        checkKey(x, y);
        checkWeight(weight);
        checkText(name, host);
        address who = addressOf(x, y);
        if (entries[who].planned != 0) revert AlreadyAValidator(who);
        id = open(ADD, who, weight);
        Proposal storage p = proposals[id];
        (p.x, p.y, p.peer) = (x, y, peer);
        p.name = name;
        p.host = host;
        attempt(id, false);
    }

    /// @notice Proposes that a validator goes.
    function proposeRemove(address who) external returns (uint256 id) {
        settle();
        stays(who);
        if (entries[who].planned == planned) revert LastValidator(who);
        id = open(REMOVE, who, 0);
        attempt(id, false);
    }

    /// @notice Proposes another weight of a validator.
    function proposeWeight(address who, uint32 weight) external returns (uint256 id) {
        settle();
        stays(who);
        checkWeight(weight);
        if (entries[who].planned == weight) revert NoChange();
        id = open(WEIGH, who, weight);
        attempt(id, false);
    }

    /// @notice Proposes another address, and perhaps another peer id, of a validator.
    function proposeMove(address who, bytes20 peer, string calldata host) external returns (uint256 id) {
        settle();
        stays(who);
        checkText("", host);
        id = open(MOVE, who, 0);
        (proposals[id].peer, proposals[id].host) = (peer, host);
        attempt(id, false);
    }

    /// @notice Votes for a proposal, or takes the vote back.
    function vote(uint256 id, bool yes) external {
        settle();
        if (entries[msg.sender].weight == 0) revert NotAValidator(msg.sender);
        Proposal storage p = live(id);
        uint256 at = voted(p, msg.sender);
        if (yes) {
            if (at != 0) revert VotedAlready(id);
            p.voters.push(msg.sender);
        } else {
            if (at == 0) revert NotVoted(id);
            p.voters[at - 1] = p.voters[p.voters.length - 1];
            p.voters.pop();
        }
        emit Voted(id, msg.sender, yes);
        attempt(id, false);
    }

    /// @notice The word of whom a proposal adds, in a transaction of its own. It may come before the votes.
    function accept(uint256 id) external {
        settle();
        Proposal storage p = live(id);
        if (p.kind != ADD || p.who != msg.sender) revert NotAsked(id, msg.sender);
        if (p.accepted) revert AcceptedAlready(id);
        p.accepted = true;
        emit Accepted(id, msg.sender);
        attempt(id, false);
    }

    /// @notice Carries out a proposal that has the votes, since weights have changed after the last vote. Anybody may.
    function carryOut(uint256 id) external {
        settle();
        live(id);
        attempt(id, true);
    }

    // What stands in it, for people. Nodes read the storage.

    /// @notice The validators after this block, and what is scheduled.
    function validators() external view returns (address[] memory who, uint32[] memory weights, Change[] memory scheduled) {
        weights = new uint32[](members.length);
        who = members;
        for (uint256 i = 0; i < who.length; i++) {
            weights[i] = weightOf(who[i]);
        }
        scheduled = new Change[](tail - head);
        uint256 n = 0;
        for (uint256 i = head; i < tail; i++) {
            if (queue[i].from > block.number) scheduled[n++] = queue[i];
        }
        assembly ("memory-safe") {
            mstore(scheduled, n)
        }
    }

    /// @notice The weight of a validator after this block; 0 if it is none.
    function weightOf(address who) public view returns (uint32 weight) {
        weight = entries[who].weight;
        for (uint256 i = head; i < tail && queue[i].from <= block.number; i++) {
            if (queue[i].who == who) weight = queue[i].weight;
        }
    }

    function entry(address who) external view returns (Entry memory) {
        return entries[who];
    }

    function proposal(uint256 id) external view returns (Proposal memory) {
        return proposals[id];
    }

    /// @notice The weight of those who are for a proposal, and of all, as the last transaction left them.
    function tally(uint256 id) public view returns (uint256 votes, uint256 all) {
        address[] storage voters = proposals[id].voters;
        for (uint256 i = 0; i < voters.length; i++) {
            votes += entries[voters[i]].weight;
        }
        all = total;
    }

    function open(uint8 kind, address who, uint32 weight) private returns (uint256 id) {
        if (block.number < begins) revert NotBegun(begins);
        if (entries[msg.sender].weight == 0) revert NotAValidator(msg.sender);
        id = ++proposed;
        Proposal storage p = proposals[id];
        (p.kind, p.who, p.weight, p.proposer) = (kind, who, weight, msg.sender);
        p.expires = uint64(block.timestamp) + lifetime;
        p.voters.push(msg.sender);
        emit Proposed(id, kind, who, msg.sender);
        emit Voted(id, msg.sender, true);
    }

    function live(uint256 id) private view returns (Proposal storage p) {
        p = proposals[id];
        if (p.kind == 0) revert UnknownProposal(id);
        if (p.done) revert Done(id);
        if (block.timestamp > p.expires) revert Expired(id, p.expires);
    }

    /// @dev Where somebody stands among the voters, from 1; 0: nowhere.
    function voted(Proposal storage p, address who) private view returns (uint256) {
        for (uint256 i = 0; i < p.voters.length; i++) {
            if (p.voters[i] == who) return i + 1;
        }
        return 0;
    }

    /// @dev Carries out a proposal if it has passed.
    function attempt(uint256 id, bool must) private {
        Proposal storage p = proposals[id];
        (uint256 votes, uint256 all) = tally(id);
        if (3 * votes <= 2 * all || (p.kind == ADD && !p.accepted)) {
            if (must) revert NotPassed(id, votes, all, p.accepted);
            return;
        }
        p.done = true;
        emit Passed(id);
        address who = p.who;
        if (p.kind == ADD) {
            add(p, who);
            return;
        }
        stays(who);
        if (p.kind == MOVE) {
            entries[who].host = p.host;
            entries[who].peer = p.peer;
            emit Moved(who, p.host, p.peer);
        } else {
            schedule(who, p.weight);
        }
    }

    function add(Proposal storage p, address who) private {
        Entry storage e = entries[who];
        if (e.planned != 0) revert AlreadyAValidator(who);
        if (e.position == 0) {
            if (members.length >= MAX_MEMBERS) revert TooManyMembers();
            members.push(who);
            e.position = uint16(members.length);
        }
        (e.x, e.y, e.peer) = (p.x, p.y, p.peer);
        e.name = p.name;
        e.host = p.host;
        schedule(who, p.weight);
    }

    /// @dev Gives a change its block.
    function schedule(address who, uint32 weight) private {
        Entry storage e = entries[who];
        uint32 before = e.planned;
        if (before == weight) revert NoChange();
        if (weight == 0 && before == planned) revert LastValidator(who);
        if (tail - head >= MAX_QUEUE) revert QueueFull();
        uint64 delta = weight > before ? weight - before : before - weight;
        uint64 from = uint64(block.number);
        if (lastFrom >= from) {
            from = lastFrom;
            if (3 * (lastDelta + delta) > lastBefore) from++;
        }
        if (from == lastFrom) lastDelta += delta;
        else (lastFrom, lastDelta, lastBefore) = (from, delta, planned);
        planned = planned - before + weight;
        e.planned = weight;
        e.pending++;
        queue[tail++] = Change(who, from, weight);
        emit Scheduled(who, weight, from);
        settle();
    }

    /// @dev Brings the entries to what the queue has for blocks up to this one.
    function settle() private {
        while (head < tail && queue[head].from <= block.number) {
            Change memory c = queue[head];
            delete queue[head++];
            Entry storage e = entries[c.who];
            total = total - e.weight + c.weight;
            e.weight = c.weight;
            e.pending--;
            if (e.weight == 0 && e.pending == 0) drop(c.who, e.position);
        }
    }

    function drop(address who, uint16 position) private {
        address last = members[members.length - 1];
        members[position - 1] = last;
        entries[last].position = position;
        members.pop();
        delete entries[who];
    }

    function stays(address who) private view {
        if (entries[who].planned == 0) revert NotAValidator(who);
    }

    function checkWeight(uint32 weight) private pure {
        if (weight == 0 || weight > MAX_WEIGHT) revert BadWeight(weight);
    }

    /// @dev Nodes show both to people.
    function checkText(string memory name, string memory host) private pure {
        if (!printable(name, 64)) revert BadName();
        if (bytes(host).length == 0 || !printable(host, 260)) revert BadHost();
    }

    function printable(string memory text, uint256 most) private pure returns (bool) {
        bytes memory b = bytes(text);
        if (b.length > most) return false;
        for (uint256 i = 0; i < b.length; i++) {
            if (b[i] < 0x20 || b[i] > 0x7e) return false;
        }
        return true;
    }

    uint256 private constant P = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;

    function checkKey(bytes32 x, bytes32 y) private pure {
        (uint256 a, uint256 b) = (uint256(x), uint256(y));
        if (a >= P || b >= P || mulmod(b, b, P) != addmod(mulmod(mulmod(a, a, P), a, P), 7, P)) revert BadKey(x, y);
    }

    function addressOf(bytes32 x, bytes32 y) private pure returns (address) {
        return address(uint160(uint256(keccak256(bytes.concat(x, y)))));
    }
}
