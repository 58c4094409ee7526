package service

import "github.com/ethereum/go-ethereum/metrics"

var (
	sessionsRunning = metrics.NewRegisteredGauge("ss/sessions/running", nil)
	sessionsDone    = metrics.NewRegisteredCounter("ss/sessions/done", nil)
	sessionsFailed  = metrics.NewRegisteredCounter("ss/sessions/failed", nil)
	faultsSeen      = metrics.NewRegisteredCounter("ss/faults", nil)
	requestTimer    = metrics.NewRegisteredTimer("ss/requests", nil)
)
