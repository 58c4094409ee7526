// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.8.30;

/// @title A contract account of three owners; two must sign
/// @notice Shows what a contract account must answer (EIP-1271) so that the Secret Store accepts its requests. It is for the
/// tests of the key servers: it can sign and do nothing else.
/// @dev It accepts signatures over the digest as it is. A request names its account, so a signature for one account is not
/// valid for another account of the same owners. Accounts that answer for other digests must ensure this themselves.
contract TwoOfThree {
    address[3] public owners;
    uint256 public replaced;

    bytes4 private constant TAKEN = 0x1626ba7e; // isValidSignature.selector, the answer of EIP-1271
    bytes4 private constant REFUSED = 0xffffffff;

    error SetUpAlready();
    error NotSigned();

    /// @notice Sets the owners, once.
    function setUp(address[3] calldata three) external {
        if (owners[0] != address(0)) revert SetUpAlready();
        owners = three;
    }

    /// @notice Replaces the owner at a place, 0 to 2. Two owners must have signed replacement(place, owner).
    function replace(uint256 place, address owner, bytes calldata signatures) external {
        if (!signed(replacement(place, owner), signatures)) revert NotSigned();
        replaced++;
        owners[place] = owner;
    }

    /// @notice The hash that two owners must sign for the next replacement.
    function replacement(uint256 place, address owner) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), replaced, place, owner));
    }

    /// @notice EIP-1271. `signatures` has the signatures of two owners, 65 bytes each, the owner at the lower place first.
    function isValidSignature(bytes32 digest, bytes calldata signatures) external view returns (bytes4) {
        return signed(digest, signatures) ? TAKEN : REFUSED;
    }

    function signed(bytes32 digest, bytes calldata signatures) private view returns (bool) {
        if (signatures.length != 130) return false;
        uint256 place = 0;
        for (uint256 i = 0; i < 2; i++) {
            bytes calldata one = signatures[65 * i:65 * i + 65];
            address signer = ecrecover(digest, uint8(one[64]), bytes32(one[:32]), bytes32(one[32:64]));
            if (signer == address(0)) return false;
            while (place < 3 && owners[place] != signer) place++;
            if (place == 3) return false;
            place++;
        }
        return true;
    }
}
