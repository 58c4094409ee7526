// Package sessiontest runs whole clusters of session machines in memory, for tests:
// nodes with durable records, clients, a chain that is a list of grants, and a network
// that a seed can make reorder, repeat and lose messages and crash nodes.
//
// There is no goroutine and no clock: a schedule is a list of events of which one at a
// time happens, and the same seed gives the same schedule. Messages pass through the
// wire codec, so what can't be sent can't be tested by mistake.
//
// Scripts tell the same as text: testdata has one of each family, in which every message is told.
//
// It is not the driver, service: it shows machines every order of events that service
// could, and more.
package sessiontest
