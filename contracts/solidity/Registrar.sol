// SPDX-License-Identifier: GPL-3.0
pragma solidity 0.8.30;

/// @title A chain's directory of names
/// @notice An account reserves a name (the keccak256 of its text), and then files addresses, numbers or hashes under it,
/// each with a key. Key servers look here for their contracts: the address under key "A" of the name
/// `secretstore_acl_checker` is the permission contract.
///
/// The functions and events are those of Parity's registrar, plus `getOwner`. Two things are stricter. A dropped name
/// answers zero for every key, and its next owner starts without data. An account's reverse name goes when the name
/// itself goes.
/// @dev The contract also works in a genesis block, where no constructor runs: nothing is immutable, and every variable
/// can be written as storage. contracts/registrar_genesis.go writes it and depends on the order of the variables.
contract Registrar {
    struct Entry {
        address owner; // zero: the name is not reserved
        uint96 term; // how often the name was dropped; data of earlier terms can't be read
        address reverse; // the account that the owner proposed for this name
        mapping(uint96 term => mapping(string key => bytes32)) data;
    }

    /// @notice The account that sets the fee and collects the fees.
    address public owner = msg.sender;
    /// @notice The fee for reserving a name, in wei.
    uint256 public fee;
    mapping(bytes32 name => Entry) private entries;
    /// @notice The name of an account: the name's owner proposed it and the account confirmed it.
    mapping(address => string) public reverse;

    event Drained(uint256 amount);
    event FeeChanged(uint256 amount);
    event NewOwner(address indexed old, address indexed current);
    event Reserved(bytes32 indexed name, address indexed owner);
    event Transferred(bytes32 indexed name, address indexed oldOwner, address indexed newOwner);
    event Dropped(bytes32 indexed name, address indexed owner);
    event DataChanged(bytes32 indexed name, address indexed owner, string indexed key);
    event ReverseProposed(string indexed name, address indexed reverse);
    event ReverseConfirmed(string indexed name, address indexed reverse);
    event ReverseRemoved(string indexed name, address indexed reverse);

    modifier onlyOwner() {
        require(msg.sender == owner, "registrar: only its owner may do this");
        _;
    }

    modifier onlyOwnerOf(bytes32 _name) {
        require(msg.sender == entries[_name].owner, "registrar: the name is not yours");
        _;
    }

    // ------------------------------------------------------------ names

    /// @notice Reserves a free name for the caller, who pays the fee.
    function reserve(bytes32 _name) external payable returns (bool success) {
        require(entries[_name].owner == address(0), "registrar: the name is taken");
        require(msg.value >= fee, "registrar: the fee is not paid");
        entries[_name].owner = msg.sender;
        emit Reserved(_name, msg.sender);
        return true;
    }

    /// @notice Transfers a name, with everything filed under it.
    function transfer(bytes32 _name, address _to) external onlyOwnerOf(_name) returns (bool success) {
        require(_to != address(0), "registrar: to give a name up, drop it");
        entries[_name].owner = _to;
        emit Transferred(_name, msg.sender, _to);
        return true;
    }

    /// @notice Gives a name up: the name is free again and everything filed under it is gone.
    function drop(bytes32 _name) external onlyOwnerOf(_name) returns (bool success) {
        Entry storage entry = entries[_name];
        address account = entry.reverse;
        if (account != address(0) && keccak256(bytes(reverse[account])) == _name) {
            emit ReverseRemoved(reverse[account], account);
            delete reverse[account];
        }
        entry.reverse = address(0);
        entry.owner = address(0);
        entry.term++;
        emit Dropped(_name, msg.sender);
        return true;
    }

    /// @notice Whether the name is taken.
    function reserved(bytes32 _name) external view returns (bool reserved) {
        return entries[_name].owner != address(0);
    }

    /// @notice The owner of the name; zero if the name is free.
    function getOwner(bytes32 _name) external view returns (address) {
        return entries[_name].owner;
    }

    // ------------------------------------------------------------ data under a name

    function set(bytes32 _name, string calldata _key, bytes32 _value) external returns (bool success) {
        return file(_name, _key, _value);
    }

    function setAddress(bytes32 _name, string calldata _key, address _value) external returns (bool success) {
        return file(_name, _key, bytes32(uint256(uint160(_value))));
    }

    function setUint(bytes32 _name, string calldata _key, uint256 _value) external returns (bool success) {
        return file(_name, _key, bytes32(_value));
    }

    function get(bytes32 _name, string calldata _key) external view returns (bytes32) {
        return filed(_name, _key);
    }

    function getAddress(bytes32 _name, string calldata _key) external view returns (address) {
        return address(uint160(uint256(filed(_name, _key))));
    }

    function getUint(bytes32 _name, string calldata _key) external view returns (uint256) {
        return uint256(filed(_name, _key));
    }

    function file(bytes32 _name, string calldata _key, bytes32 _value) private onlyOwnerOf(_name) returns (bool) {
        Entry storage entry = entries[_name];
        entry.data[entry.term][_key] = _value;
        emit DataChanged(_name, msg.sender, _key);
        return true;
    }

    function filed(bytes32 _name, string calldata _key) private view returns (bytes32) {
        Entry storage entry = entries[_name];
        return entry.data[entry.term][_key];
    }

    // ------------------------------------------------------------ from account to name

    /// @notice The name's owner proposes the name for `_who`. A name belongs to one account at most.
    function proposeReverse(string calldata _name, address _who)
        external
        onlyOwnerOf(keccak256(bytes(_name)))
        returns (bool success)
    {
        Entry storage entry = entries[keccak256(bytes(_name))];
        address before = entry.reverse;
        if (before != address(0) && keccak256(bytes(reverse[before])) == keccak256(bytes(_name))) {
            delete reverse[before];
            emit ReverseRemoved(_name, before);
        }
        entry.reverse = _who;
        emit ReverseProposed(_name, _who);
        return true;
    }

    /// @notice The account accepts the name, which replaces any other it had.
    function confirmReverse(string calldata _name) external returns (bool success) {
        bytes32 name = keccak256(bytes(_name));
        require(entries[name].reverse == msg.sender, "registrar: the name was not proposed to you");
        bytes32 before = keccak256(bytes(reverse[msg.sender]));
        if (before != name && entries[before].reverse == msg.sender) {
            entries[before].reverse = address(0);
            emit ReverseRemoved(reverse[msg.sender], msg.sender);
        }
        reverse[msg.sender] = _name;
        emit ReverseConfirmed(_name, msg.sender);
        return true;
    }

    /// @notice The account gives up its name.
    function removeReverse() external {
        string memory name = reverse[msg.sender];
        require(bytes(name).length > 0, "registrar: you go by no name");
        bytes32 hash = keccak256(bytes(name));
        if (entries[hash].reverse == msg.sender) entries[hash].reverse = address(0);
        delete reverse[msg.sender];
        emit ReverseRemoved(name, msg.sender);
    }

    // ------------------------------------------------------------ the registrar's owner

    function setOwner(address _new) external onlyOwner {
        emit NewOwner(owner, _new);
        owner = _new;
    }

    function setFee(uint256 _amount) external onlyOwner {
        fee = _amount;
        emit FeeChanged(_amount);
    }

    /// @notice Pays the collected fees out to the owner.
    function drain() external onlyOwner {
        uint256 amount = address(this).balance;
        emit Drained(amount);
        (bool paid,) = payable(owner).call{value: amount}("");
        require(paid, "registrar: the owner does not take the money");
    }
}
