package main

import (
	"fmt"
	"net"
	_ "net/http/pprof" // its handlers, on the default mux that --pprof serves
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/metrics/exp"
	"github.com/urfave/cli/v2"
)

var (
	pprofFlag = &cli.BoolFlag{
		Name: "pprof", Category: loggingCategory,
		Usage: "Enable the pprof HTTP server",
	}
	pprofAddrFlag = &cli.StringFlag{
		Name: "pprof.addr", Value: "127.0.0.1", Category: loggingCategory,
		Usage: "pprof HTTP server listening interface",
	}
	pprofPortFlag = &cli.IntFlag{
		Name: "pprof.port", Value: 6060, Category: loggingCategory,
		Usage: "pprof HTTP server listening port",
	}
	memProfileRateFlag = &cli.IntFlag{
		Name: "pprof.memprofilerate", Value: runtime.MemProfileRate, Category: loggingCategory,
		Usage: "Turn on memory profiling with the given rate",
	}
	blockProfileRateFlag = &cli.IntFlag{
		Name: "pprof.blockprofilerate", Category: loggingCategory,
		Usage: "Turn on block profiling with the given rate",
	}
	cpuProfileFlag = &cli.StringFlag{
		Name: "pprof.cpuprofile", Category: loggingCategory,
		Usage: "Write CPU profile to the given file",
	}
	traceFlag = &cli.StringFlag{
		Name: "go-execution-trace", Category: loggingCategory,
		Usage: "Write Go execution trace to the given file",
	}

	profileFlags = []cli.Flag{
		pprofFlag, pprofAddrFlag, pprofPortFlag, memProfileRateFlag, blockProfileRateFlag, cpuProfileFlag, traceFlag,
	}
)

// profiler holds the files that a profile of this process is written to.
type profiler struct {
	cpu, trace *os.File
}

func (p *profiler) start(ctx *cli.Context) (err error) {
	if ctx.IsSet(memProfileRateFlag.Name) {
		runtime.MemProfileRate = ctx.Int(memProfileRateFlag.Name)
	}
	runtime.SetBlockProfileRate(ctx.Int(blockProfileRateFlag.Name))
	if path := ctx.String(cpuProfileFlag.Name); path != "" {
		if p.cpu, err = os.Create(path); err != nil {
			return fmt.Errorf("opening the CPU profile: %w", err)
		}
		if err := pprof.StartCPUProfile(p.cpu); err != nil {
			return err
		}
	}
	if path := ctx.String(traceFlag.Name); path != "" {
		if p.trace, err = os.Create(path); err != nil {
			return fmt.Errorf("opening the execution trace: %w", err)
		}
		if err := trace.Start(p.trace); err != nil {
			return err
		}
	}
	if ctx.Bool(pprofFlag.Name) {
		return servePprof(ctx)
	}
	return nil
}

func (p *profiler) stop() {
	if p.cpu != nil {
		pprof.StopCPUProfile()
		p.cpu.Close()
	}
	if p.trace != nil {
		trace.Stop()
		p.trace.Close()
	}
}

// servePprof serves the default mux, where net/http/pprof registers itself, for the life of the process.
func servePprof(ctx *cli.Context) error {
	if metricsOnPprof(ctx) {
		exp.Exp(metrics.DefaultRegistry)
	}
	at := pprofSocket(ctx)
	listener, err := net.Listen(at.network, at.addr)
	if err != nil {
		return explainListen([]socket{at}, fmt.Errorf("starting the pprof server: %w", err))
	}
	log.Info("Starting pprof server", "addr", fmt.Sprintf("http://%s/debug/pprof", at.addr))
	go func() {
		log.Error("Failure in running pprof server", "err", serveOperators(listener, nil))
	}()
	return nil
}
