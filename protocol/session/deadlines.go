package session

// TicksPerSecond is the rate at which a driver ticks its machines.
const TicksPerSecond = 40

// AdmitDeadline bounds how long the own chain may take to confirm a requester, before a member begins.
const AdmitDeadline = 5 * TicksPerSecond
