package rpcapi

import "flag"

var update = flag.Bool("update", false, "write testdata/wallets anew")
