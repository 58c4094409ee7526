package service

import "github.com/ethereum/go-ethereum/metrics"

var (
	sessionsRunning = metrics.NewRegisteredGauge("ss/sessions/running", nil)
	sessionsDone    = metrics.NewRegisteredCounter("ss/sessions/done", nil)
	sessionsFailed  = metrics.NewRegisteredCounter("ss/sessions/failed", nil)
	limited         = metrics.NewRegisteredCounter("ss/limited", nil) // refused because of a limit
	messagesDropped = metrics.NewRegisteredCounter("ss/sessions/dropped", nil)
	faultsSeen      = metrics.NewRegisteredCounter("ss/faults", nil)

	// What clients wait for, each operation by itself.
	generateTimer = metrics.NewRegisteredTimer("ss/requests/generate", nil)
	storeTimer    = metrics.NewRegisteredTimer("ss/requests/store", nil)
	bothTimer     = metrics.NewRegisteredTimer("ss/requests/both", nil)
	publicTimer   = metrics.NewRegisteredTimer("ss/requests/public", nil)
	plainTimer    = metrics.NewRegisteredTimer("ss/requests/plain", nil)
	shadowTimer   = metrics.NewRegisteredTimer("ss/requests/shadow", nil)
)
