package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/log"
	"github.com/mattn/go-colorable"
	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v2"
)

// The flags below have geth's names and meanings. geth keeps the code behind them in an internal package.
const loggingCategory = "LOGGING AND DEBUGGING"

var (
	verbosityFlag = &cli.IntFlag{
		Name: "verbosity", Value: 3, Category: loggingCategory,
		Usage: "Logging verbosity: 0=silent, 1=error, 2=warn, 3=info, 4=debug, 5=detail",
	}
	logVmoduleFlag = &cli.StringFlag{
		Name: "log.vmodule", Category: loggingCategory,
		Usage: "Per-module verbosity: comma-separated list of <pattern>=<level> (e.g. eth/*=5,p2p=4)",
	}
	logFormatFlag = &cli.StringFlag{
		Name: "log.format", Category: loggingCategory,
		Usage: "Log format to use (json|logfmt|terminal)",
	}
	logFileFlag = &cli.StringFlag{
		Name: "log.file", Category: loggingCategory,
		Usage: "Write logs to a file as well",
	}
	logRotateFlag = &cli.BoolFlag{
		Name: "log.rotate", Value: true, Category: loggingCategory,
		Usage: "Begin a new log file when --log.maxsize is reached, and drop old ones (--log.rotate=false lets it grow)",
	}
	logMaxSizeFlag = &cli.IntFlag{
		Name: "log.maxsize", Value: 100, Category: loggingCategory,
		Usage: "Maximum size in MBs of a single log file",
	}
	logMaxBackupsFlag = &cli.IntFlag{
		Name: "log.maxbackups", Value: 10, Category: loggingCategory,
		Usage: "Maximum number of log files to retain",
	}
	logMaxAgeFlag = &cli.IntFlag{
		Name: "log.maxage", Value: 30, Category: loggingCategory,
		Usage: "Maximum number of days to retain a log file",
	}
	logCompressFlag = &cli.BoolFlag{
		Name: "log.compress", Category: loggingCategory,
		Usage: "Compress the log files",
	}

	logFlags = append([]cli.Flag{
		verbosityFlag, logVmoduleFlag, logFormatFlag, logFileFlag,
		logRotateFlag, logMaxSizeFlag, logMaxBackupsFlag, logMaxAgeFlag, logCompressFlag,
	}, profileFlags...)
)

// logging is set up once per process, before anything else runs.
var logging struct {
	handler *log.GlogHandler
	calm    calm
	file    *logFile // nil unless --log.file or --log.rotate
	profile profiler
}

// setupLogging makes the default logger and starts the profilers that the flags ask for. check-config is given a node's flags and
// must leave its files and ports alone.
func setupLogging(ctx *cli.Context) error {
	looksOnly := ctx.Command.Name == checkConfigName
	if !looksOnly {
		var err error
		if logging.file, err = openLogFile(ctx); err != nil {
			return err
		}
	}
	handler, err := newLogHandler(ctx.String(logFormatFlag.Name))
	if err != nil {
		return err
	}
	logging.handler = log.NewGlogHandler(endings{handler})
	logging.handler.Verbosity(log.FromLegacyLevel(ctx.Int(verbosityFlag.Name)))
	if err := logging.handler.Vmodule(ctx.String(logVmoduleFlag.Name)); err != nil {
		return fmt.Errorf("option --%s: %w", logVmoduleFlag.Name, err)
	}
	log.SetDefault(log.NewLogger(calmHandler{logging.handler, &logging.calm}))
	if looksOnly {
		return nil
	}
	tellUnrotated()
	return logging.profile.start(ctx)
}

// closeLogging ends the profiles, which are worthless if not flushed, and the log file.
func closeLogging() {
	logging.profile.stop()
	if logging.file != nil {
		logging.file.Close()
	}
}

// tellUnrotated warns of a log file that grows without end although it should not.
func tellUnrotated() {
	if logging.file == nil {
		return
	}
	if err := logging.file.cantRotate(); err != nil {
		log.Warn("The log file is not rotated, since no file can be made in its directory (--log.rotate=false stops this warning)", "file", logging.file.path, "err", err)
	}
}

// reopenLog goes on in the file that has the log file's name now.
func reopenLog() {
	if logging.file == nil {
		return
	}
	if err := logging.file.Reopen(); err != nil {
		log.Error("The log file can't be opened again; the log goes on in the old one", "err", err)
		return
	}
	tellUnrotated()
}

func newLogHandler(format string) (slog.Handler, error) {
	terminal, color := io.Writer(os.Stderr), false
	if format == "" || format == "terminal" {
		if color = isTerminal(os.Stderr); color {
			terminal = colorable.NewColorableStderr()
		}
	}
	out := terminal
	if logging.file != nil {
		out = tee{terminal, logging.file}
	}
	switch format {
	case "", "terminal":
		return commas{log.NewTerminalHandler(out, color)}, nil
	case "json":
		return log.JSONHandler(out), nil
	case "logfmt":
		return commas{log.LogfmtHandler(out)}, nil
	}
	return nil, fmt.Errorf("option --%s: unknown format %q, want json, logfmt or terminal", logFormatFlag.Name, format)
}

func isTerminal(f *os.File) bool {
	return (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// logAPI answers debug_verbosity and debug_vmodule. geth's own service of that name turns a handler that
// only geth's set-up can install, so without this the two calls would do nothing.
type logAPI struct{}

// Verbosity sets the ceiling of what is logged: 0 silent to 5 detail.
func (logAPI) Verbosity(level int) {
	logging.handler.Verbosity(log.FromLegacyLevel(level))
}

// Vmodule sets the verbosity of single packages and files, as --log.vmodule does.
func (logAPI) Vmodule(pattern string) error {
	return logging.handler.Vmodule(pattern)
}

// quietLogging raises the log's threshold to warnings for a command whose output is its result, unless the
// user asked for more.
func quietLogging(ctx *cli.Context) {
	if !ctx.IsSet(verbosityFlag.Name) {
		logging.handler.Verbosity(log.LevelWarn)
	}
}

// quietly has a command and its subcommands begin with quietLogging.
func quietly(cmd *cli.Command) *cli.Command {
	if action := cmd.Action; action != nil {
		cmd.Action = func(ctx *cli.Context) error {
			quietLogging(ctx)
			return action(ctx)
		}
	}
	for _, sub := range cmd.Subcommands {
		quietly(sub)
	}
	return cmd
}

// metricsOnPprof reports whether the pprof server also shows the metrics, as in geth: unless they have an
// address of their own.
func metricsOnPprof(ctx *cli.Context) bool {
	return !ctx.IsSet(utils.MetricsHTTPFlag.Name)
}
