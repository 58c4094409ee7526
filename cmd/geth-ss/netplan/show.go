package netplan

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/poa"
)

// Show explains a network's file to people. What is in it somebody else may have written: names are printed as quoted text where
// they are more than plain words.
func Show(out io.Writer, g *poa.NetworkGenesis) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("Chain id:", "%v", g.Genesis.Config.ChainID)
	row("Genesis block:", "%v, of %s", g.Genesis.ToBlock().Hash(), time.Unix(int64(g.Genesis.Timestamp), 0).UTC().Format("2006-01-02 15:04:05 UTC"))
	row("Gas:", "%s", gasRules(g))
	showRegistrar(row, g.Genesis.Alloc)
	row("Forks:", "%s", forks(g.Genesis.Config))
	showFunds(row, g.Genesis.Alloc)
	row("Validators:", "%s", tolerance(g.Validators))
	if c := g.Governance; c != nil {
		row("", "those after the genesis block; they vote on others by the contract %v, read from block %d on", c.Contract, c.Height)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n  name\taddress\tpower\tpublic key\n")
	for _, v := range g.Validators {
		pub, err := v.Key()
		if err != nil {
			return err
		}
		m := Member{Public: pub}
		fmt.Fprintf(w, "  %s\t%v\t%d\t%s\n", printable(v.Name), m.Address(), v.Power, m.Node())
	}
	fmt.Fprintf(w, "\nConsensus peer ids are not in the file, and can't be computed from it: geth-ss identity prints a node's.\n")
	return w.Flush()
}

// printable makes a name harmless to a terminal.
func printable(name string) string {
	const most = 64
	if len(name) > most {
		name = name[:most]
	}
	if quoted := strconv.QuoteToASCII(name); name == "" || quoted != `"`+name+`"` || strings.Contains(name, " ") {
		return quoted
	}
	return name
}

func gasRules(g *poa.NetworkGenesis) string {
	limit := cmp.Or(g.Genesis.GasLimit, params.GenesisGasLimit)
	if g.FreeGas {
		return fmt.Sprintf("it has no price, for ever: blocks use at most half of their limit of %d, a transaction at most %d", limit, uint64(params.MaxTxGas))
	}
	fee := g.Genesis.BaseFee
	if fee == nil {
		fee = big.NewInt(params.InitialBaseFee)
	}
	return fmt.Sprintf("it has a price: the base fee begins at %v wei and rises after blocks that use more than half of their limit of %d", fee, limit)
}

// showRegistrar finds registrars by their code, wherever they stand.
func showRegistrar(row func(string, string, ...any), alloc types.GenesisAlloc) {
	var found []common.Address
	for address, account := range alloc {
		if bytes.Equal(account.Code, contracts.RegistrarAccount(common.Address{}).Code) {
			found = append(found, address)
		}
	}
	if len(found) == 0 {
		row("Registrar:", "none that this program knows in the genesis block")
	}
	slices.SortFunc(found, common.Address.Cmp)
	for _, address := range found {
		owner := contracts.RegistrarOwner(alloc[address])
		if owner == (common.Address{}) {
			row("Registrar:", "%v, without an owner: anybody can take its names", address)
			continue
		}
		row("Registrar:", "%v, owner %v", address, owner)
	}
}

func showFunds(row func(string, string, ...any), alloc types.GenesisAlloc) {
	const most = 20
	var funded []common.Address
	for address, account := range alloc {
		if account.Balance != nil && account.Balance.Sign() > 0 {
			funded = append(funded, address)
		}
	}
	slices.SortFunc(funded, common.Address.Cmp)
	for i, address := range funded[:min(len(funded), most)] {
		name := ""
		if i == 0 {
			name = "Ether:"
		}
		row(name, "%v  %s", address, FormatEther(alloc[address].Balance))
	}
	switch more := len(funded) - most; {
	case len(funded) == 0:
		row("Ether:", "nobody has any")
	case more > 0:
		row("", "and %d more accounts", more)
	}
}

// forks tells when the rules of the chain change.
func forks(c *params.ChainConfig) string {
	var begun, ahead []string
	for _, fork := range []struct {
		name string
		time *uint64
	}{
		{"Shanghai", c.ShanghaiTime}, {"Cancun", c.CancunTime}, {"Prague", c.PragueTime}, {"Osaka", c.OsakaTime},
		{"BPO1", c.BPO1Time}, {"BPO2", c.BPO2Time},
	} {
		switch {
		case fork.time == nil:
		case *fork.time == 0:
			begun = append(begun, fork.name)
		default:
			ahead = append(ahead, fmt.Sprintf("%s from timestamp %d (%s)", fork.name, *fork.time, time.Unix(int64(*fork.time), 0).UTC().Format("2006-01-02 15:04:05 UTC")))
		}
	}
	text := "all up to " + begun[len(begun)-1] + " from the beginning" // Prague is, or the file would not be read
	if len(ahead) > 0 {
		text += "; " + strings.Join(ahead, ", ")
	}
	return text
}

// tolerance tells how many validators may fail, whichever they are.
func tolerance(list []poa.Validator) string {
	var powers []int64
	var total int64
	for _, v := range list {
		powers = append(powers, v.Power)
		total += v.Power
	}
	slices.Sort(powers)
	slices.Reverse(powers)
	fail, left := 0, total
	for _, power := range powers {
		if left -= power; 3*left <= 2*total {
			break
		}
		fail++
	}
	may := fmt.Sprintf("any %d may fail", fail)
	if fail == 0 {
		may = "none may fail"
	}
	return fmt.Sprintf("%d; blocks need more than two thirds of the power of %d, so %s", len(list), total, may)
}

// FormatEther writes wei as ether, to the last digit.
func FormatEther(wei *big.Int) string {
	text := new(big.Rat).SetFrac(wei, big.NewInt(params.Ether)).FloatString(18)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " ether"
}

// ParseEther reads an amount of ether, such as 1000 or 0.5, and gives it in wei.
func ParseEther(text string) (*big.Int, error) {
	ether, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 40 || strings.Trim(text, "0123456789.") != "" {
		return nil, fmt.Errorf("%.80q is not an amount of ether, such as 1000 or 0.5", text)
	}
	wei := ether.Mul(ether, new(big.Rat).SetInt64(params.Ether))
	if !wei.IsInt() {
		return nil, fmt.Errorf("%s ether is not a whole number of wei", text)
	}
	return wei.Num(), nil
}

// Ether is an amount in wei.
func Ether(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(params.Ether)) }
