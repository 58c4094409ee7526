package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/service"
	"github.com/geth-ss/geth-ss/service/limits"
)

const (
	secretStoreCategory = "SECRET STORE"
	poaCategory         = "PROOF OF AUTHORITY"
	rpcCategory         = "API AND CONSOLE" // geth's
)

// setting is one option of our own: how it is written on the command line, and which field of the configuration it is.
// The two names are one, dots, dashes and case aside: --secretstore.max-age is SecretStore.MaxAge. The field Enabled is
// the section's name alone (--poa is PoA.Enabled), and Host is left out.
type setting struct {
	option
	key     string // of the field in the configuration file, with its sections
	seconds bool   // it is a time
	former  []option

	named func(name string) option // the same under another name
	value func(*config) any        // of the field
	set   func(*config, bool)      // of a toggle
}

// option is a flag and what it does.
type option struct {
	flag  cli.Flag
	apply func(*cli.Context, *config) error // called only if the flag is given
}

func (o option) name() string { return o.flag.Names()[0] }

// settings are all options of our own. Their defaults are those of the packages they configure.
var settings = slices.Concat(secretStoreSettings(service.DefaultConfig()), limitSettings(), poaSettings(poa.DefaultConfig()), hostSettings(defaultHost), devSettings())

func secretStoreSettings(def service.Config) []setting {
	in := secretStoreCategory
	return []setting{
		toggle(in, "secretstore", "Run a Secret Store key server in this node",
			def.Enabled, func(c *config) *bool { return &c.SecretStore.Enabled }),
		text(in, "secretstore.cluster", "Name of the key server cluster; its members must agree on it",
			def.Cluster, func(c *config) *string { return &c.SecretStore.Cluster }),
		list(in, "secretstore.nodes", "Key servers of the cluster, comma-separated enode URLs, with or without this node; none makes a cluster of one",
			def.Nodes, func(c *config) *[]string { return &c.SecretStore.Nodes }),
		text(in, "secretstore.address", "HOST:PORT at which the other key servers reach this node from now on, signed and told to them; for a node that has moved",
			def.Address, func(c *config) *string { return &c.SecretStore.Address }),
		addresses(in, "secretstore.administrators", "Accounts whose word changes the set of key servers, comma-separated; the same on all key servers; none lets nobody change it",
			func(c *config) *[]common.Address { return &c.SecretStore.Administrators }),
		small(in, "secretstore.administrators-needed", "How many of the administrators must sign for a change of the key servers",
			def.AdministratorsNeeded, func(c *config) *int { return &c.SecretStore.AdministratorsNeeded }),
		text(in, "secretstore.server-set", `Contract that names the key servers, whose word is told and compared, and not followed yet: its address, or "registry" to look it up in the registrar`,
			def.ServerSet, func(c *config) *string { return &c.SecretStore.ServerSet }),
		text(in, "secretstore.acl", `Contract that admits readers: its address, "registry" to look it up in the registrar, or "none" to admit EVERYBODY`,
			def.ACL, func(c *config) *string { return &c.SecretStore.ACL }),
		text(in, "secretstore.registrar", "Address of the chain's registrar contract",
			def.Registrar, func(c *config) *string { return &c.SecretStore.Registrar }),
		toggle(in, "secretstore.http", "Serve the Secret Store's HTTP API (--secretstore.http=false switches it off)",
			def.HTTP.Enabled, func(c *config) *bool { return &c.SecretStore.HTTP.Enabled }),
		text(in, "secretstore.http.host", "Interface of the HTTP API",
			def.HTTP.Host, func(c *config) *string { return &c.SecretStore.HTTP.Host }).formerly("secretstore.http.addr"),
		small(in, "secretstore.http.port", "Port of the HTTP API",
			def.HTTP.Port, func(c *config) *int { return &c.SecretStore.HTTP.Port }),
		list(in, "secretstore.http.cors", `Browser origins that may use the HTTP API, comma-separated; "*" for any`,
			def.HTTP.Cors, func(c *config) *[]string { return &c.SecretStore.HTTP.Cors }).formerly("secretstore.http.corsdomain"),
		toggle(in, "secretstore.http.servers-set-change", "Take Parity's request that changes the key servers, signed by one administrator, where one suffices",
			def.HTTP.ServersSetChange, func(c *config) *bool { return &c.SecretStore.HTTP.ServersSetChange }),
		text(in, "secretstore.http.tlscert", "PEM file of the HTTP API's certificate; with tlskey it is served only over TLS",
			def.HTTP.TLSCert, func(c *config) *string { return &c.SecretStore.HTTP.TLSCert }),
		text(in, "secretstore.http.tlskey", "PEM file of the certificate's private key",
			def.HTTP.TLSKey, func(c *config) *string { return &c.SecretStore.HTTP.TLSKey }),
		list(in, "secretstore.http.trusted-proxies", "Addresses and networks of reverse proxies, comma-separated, whose X-Forwarded-For and Forwarded headers name the client, here and at JSON-RPC",
			def.HTTP.TrustedProxies, func(c *config) *[]string { return &c.SecretStore.HTTP.TrustedProxies }),
		toggle(in, "secretstore.password-rpc", "Answer the secretstore_ methods that carry an account's password over HTTP and WebSocket too, not only over IPC",
			def.PasswordRPC, func(c *config) *bool { return &c.SecretStore.PasswordRPC }),
		text(in, "secretstore.passwordfile", "File with the password that protects key shares on disk",
			def.PasswordFile, func(c *config) *string { return &c.SecretStore.PasswordFile }).formerly("secretstore.password"),
		text(in, "secretstore.keyfile", "File with the key that protects key shares on disk; without it and a password, one is made beside the share store",
			def.KeyFile, func(c *config) *string { return &c.SecretStore.KeyFile }),
		seconds(in, "secretstore.max-age", "Greatest age of the newest final block at which permissions are still read from it; 0 takes the network's default",
			def.MaxAge, func(c *config) *uint64 { return &c.SecretStore.MaxAge }),
		number(in, "secretstore.min-threshold", "Lowest threshold of the keys this node helps to generate",
			def.MinThreshold, func(c *config) *uint64 { return &c.SecretStore.MinThreshold }),
		text(in, "secretstore.min-wallet-threshold", "Lowest threshold of the keys this node helps to generate for wallets' requests: a number, or usual for a third of the key servers, at least 1 if there are several",
			def.MinWalletThreshold, func(c *config) *string { return &c.SecretStore.MinWalletThreshold }),
		number(in, "secretstore.stock", "ECDSA signatures prepared ahead, in memory, for each kind of server keys that are signed with; 0 prepares none",
			def.Stock, func(c *config) *uint64 { return &c.SecretStore.Stock }),
		toggle(in, "secretstore.refuse-legacy", "Refuse Parity's request signatures over the bare key id, which never expire",
			def.RefuseLegacy, func(c *config) *bool { return &c.SecretStore.RefuseLegacy }).formerlyNot("secretstore.allow-legacy"),
		toggle(in, "secretstore.refuse-plain", "Refuse the retrievals in which the contacted node learns the document key",
			def.RefusePlain, func(c *config) *bool { return &c.SecretStore.RefusePlain }).formerlyNot("secretstore.allow-plain"),
	}
}

// limitSettings has one option for each row of the table of limits.
func limitSettings() (list []setting) {
	for _, row := range limits.Table {
		usage := fmt.Sprintf("Limit: %s. Over it: %s", row.Meaning, row.Over)
		make := number
		if row.IsTime() {
			make = seconds
		}
		limit := make(secretStoreCategory, "secretstore.limits."+row.Flag, usage, row.Default,
			func(c *config) *uint64 { return c.SecretStore.Limits.Field(row.Field) })
		list = append(list, limit.formerly("secretstore.limit."+row.Flag))
	}
	return list
}

func poaSettings(def poa.Config) []setting {
	in := poaCategory
	return []setting{
		toggle(in, "poa", "Make or follow the blocks of a proof-of-authority network (init its network file first)",
			def.Enabled, func(c *config) *bool { return &c.PoA.Enabled }),
		text(in, "poa.listenaddr", "Address the consensus transport listens on, host:port",
			def.ListenAddr, func(c *config) *string { return &c.PoA.ListenAddr }).formerly("poa.addr"),
		list(in, "poa.peers", "Consensus peers, comma-separated PEERID@host:port or PUBLICKEY@host:port (geth-ss identity prints both); this node's own entry is ignored",
			def.Peers, func(c *config) *[]string { return &c.PoA.Peers }),
		seconds(in, "poa.blocktime", "Interval between blocks, whole seconds; the same on all validators",
			def.BlockTime, func(c *config) *uint64 { return &c.PoA.BlockTime }),
		text(in, "poa.publickey", "Public key that this node must have (geth-ss identity prints it): with another it does not start",
			def.PublicKey, func(c *config) *string { return &c.PoA.PublicKey }),
		toggle(in, "poa.prune", "Drop consensus blocks this node doesn't need for its own recovery; a network needs one node that keeps them",
			def.Prune, func(c *config) *bool { return &c.PoA.Prune }),
		address(in, "poa.feerecipient", "Address that gets the fees of blocks this node proposes (default: the node's own)",
			func(c *config) *common.Address { return &c.PoA.FeeRecipient }),
	}
}

func hostSettings(def hostConfig) []setting {
	return []setting{
		number(utils.MinFreeDiskSpaceFlag.Category, utils.MinFreeDiskSpaceFlag.Name, "Free disk space in MiB below which the node stops, with exit code 1, before its databases fail to write; 0 never stops it",
			def.MinFreeDisk, func(c *config) *uint64 { return &c.Host.MinFreeDisk }),
		number(rpcCategory, "rpc.connections", "Connections to JSON-RPC, over HTTP and WebSocket together, at once; 0 takes as many as the process may have open",
			def.RPCConnections, func(c *config) *uint64 { return &c.Host.RPCConnections }),
	}
}

func devSettings() []setting {
	return []setting{
		toggle(utils.DeveloperFlag.Category, "dev.permissions", "With --dev --secretstore, put a permission contract into the first block, filed in the registrar: documents can be granted at once",
			false, func(c *config) *bool { return &c.Dev.Permissions }),
	}
}

// ownFlags are the flags of a command that runs or configures a node, beyond geth's.
func ownFlags() []cli.Flag {
	flags := []cli.Flag{lifelineFlag}
	for _, s := range settings {
		flags = append(flags, s.flag)
		for _, o := range s.former {
			flags = append(flags, o.flag)
		}
	}
	return flags
}

// applyOwnFlags overwrites the configuration with what the command line says. A name of before is read, with a warning.
func applyOwnFlags(ctx *cli.Context, cfg *config) error {
	for _, s := range settings {
		if err := s.read(ctx, cfg); err != nil {
			return err
		}
	}
	return nil
}

// read takes the setting over from the command line, if it is there. Under two names it must say the same: whoever leaves
// the old one in a script and adds the new one would else be silently overruled, in either direction.
func (s *setting) read(ctx *cli.Context, cfg *config) error {
	given := ""
	for _, o := range append(slices.Clone(s.former), s.option) {
		if !ctx.IsSet(o.name()) {
			continue
		}
		if o.name() != s.name() {
			log.Warn("An option has a new name; the old one is still read", "old", "--"+o.name(), "new", "--"+s.name())
		}
		before := s.value(cfg)
		if err := o.apply(ctx, cfg); err != nil {
			return fmt.Errorf("option --%s: %w", o.name(), err)
		}
		if given != "" && !reflect.DeepEqual(before, s.value(cfg)) {
			return fmt.Errorf("--%s and --%s are two names of one setting, and say different things: give --%s alone", given, o.name(), s.name())
		}
		given = o.name()
	}
	return nil
}

// formerly adds a name by which the setting was known before.
func (s setting) formerly(name string) setting {
	s.former = append(s.former, hidden(s.named(name)))
	return s
}

// formerlyNot adds a name of before that said the opposite, of a toggle.
func (s setting) formerlyNot(name string) setting {
	was := hidden(s.named(name))
	was.apply = func(ctx *cli.Context, c *config) error {
		s.set(c, !ctx.Bool(name))
		return nil
	}
	s.former = append(s.former, was)
	return s
}

func hidden(o option) option {
	switch f := o.flag.(type) {
	case *cli.BoolFlag:
		f.Hidden = true
	case *cli.StringFlag:
		f.Hidden = true
	case *cli.Uint64Flag:
		f.Hidden = true
	case *cli.IntFlag:
		f.Hidden = true
	}
	return o
}

// The constructors below make a setting of one type each: its category, name, help and default, and where it
// is kept.

func newSetting[T any](name string, field func(*config) *T, named func(name string) option) setting {
	return setting{option: named(name), key: keyOf(field), named: named, value: func(c *config) any { return *field(c) }}
}

func toggle(category, name, usage string, def bool, field func(*config) *bool) setting {
	s := newSetting(name, field, func(name string) option {
		return option{
			&cli.BoolFlag{Name: name, Category: category, Usage: usage, Value: def},
			func(ctx *cli.Context, c *config) error { *field(c) = ctx.Bool(name); return nil },
		}
	})
	s.set = func(c *config, on bool) { *field(c) = on }
	return s
}

func text(category, name, usage, def string, field func(*config) *string) setting {
	return newSetting(name, field, func(name string) option {
		return option{
			&cli.StringFlag{Name: name, Category: category, Usage: usage, Value: def},
			func(ctx *cli.Context, c *config) error { *field(c) = ctx.String(name); return nil },
		}
	})
}

func list(category, name, usage string, def []string, field func(*config) *[]string) setting {
	return newSetting(name, field, func(name string) option {
		return option{
			&cli.StringFlag{Name: name, Category: category, Usage: usage, Value: strings.Join(def, ",")},
			func(ctx *cli.Context, c *config) error { *field(c) = utils.SplitAndTrim(ctx.String(name)); return nil },
		}
	})
}

func number(category, name, usage string, def uint64, field func(*config) *uint64) setting {
	return newSetting(name, field, func(name string) option {
		return option{
			&cli.Uint64Flag{Name: name, Category: category, Usage: usage, Value: def},
			func(ctx *cli.Context, c *config) error { *field(c) = ctx.Uint64(name); return nil },
		}
	})
}

// small is a number that a field keeps as an int, such as a port.
func small(category, name, usage string, def int, field func(*config) *int) setting {
	return newSetting(name, field, func(name string) option {
		return option{
			&cli.IntFlag{Name: name, Category: category, Usage: usage, Value: def},
			func(ctx *cli.Context, c *config) error { *field(c) = ctx.Int(name); return nil },
		}
	})
}

// seconds is written as a duration or a bare number (90s, 5m, 60), in the file too, and kept as whole seconds.
func seconds(category, name, usage string, def uint64, field func(*config) *uint64) setting {
	s := newSetting(name, field, func(name string) option {
		return option{
			&cli.StringFlag{Name: name, Category: category, Usage: usage, Value: fmt.Sprintf("%ds", def)},
			func(ctx *cli.Context, c *config) (err error) {
				*field(c), err = parseSeconds(ctx.String(name))
				return err
			},
		}
	})
	s.seconds = true
	return s
}

func parseSeconds(text string) (uint64, error) {
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return n, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Second != 0 {
		return 0, fmt.Errorf("%q is not a number of whole seconds, such as 5s", text)
	}
	return uint64(d / time.Second), nil
}

func address(category, name, usage string, field func(*config) *common.Address) setting {
	return newSetting(name, field, func(name string) option {
		return option{
			&cli.StringFlag{Name: name, Category: category, Usage: usage},
			func(ctx *cli.Context, c *config) error {
				if !common.IsHexAddress(ctx.String(name)) {
					return fmt.Errorf("%q is not an address", ctx.String(name))
				}
				*field(c) = common.HexToAddress(ctx.String(name))
				return nil
			},
		}
	})
}

func addresses(category, name, usage string, field func(*config) *[]common.Address) setting {
	return newSetting(name, field, func(name string) option {
		return option{
			&cli.StringFlag{Name: name, Category: category, Usage: usage},
			func(ctx *cli.Context, c *config) error {
				var list []common.Address
				for _, entry := range utils.SplitAndTrim(ctx.String(name)) {
					if !common.IsHexAddress(entry) {
						return fmt.Errorf("%q is not an address", entry)
					}
					list = append(list, common.HexToAddress(entry))
				}
				*field(c) = list
				return nil
			},
		}
	})
}

// keyOf is how a field is called in the configuration file: Section.Field.
func keyOf[T any](field func(*config) *T) string {
	cfg := new(config)
	return pathTo(reflect.ValueOf(cfg).Elem(), reflect.ValueOf(field(cfg)))
}

// pathTo finds a field of a struct by its address, since a pointer to it is all that a setting is told.
func pathTo(in, pointer reflect.Value) string {
	for i := range in.NumField() {
		field, name := in.Field(i), in.Type().Field(i).Name
		if field.Addr().Pointer() == pointer.Pointer() && field.Type() == pointer.Type().Elem() {
			return name
		}
		if field.Kind() == reflect.Struct && in.Type().Field(i).IsExported() {
			if rest := pathTo(field, pointer); rest != "" {
				return name + "." + rest
			}
		}
	}
	return ""
}
