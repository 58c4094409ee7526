// Package coredump keeps the memory of a process, in which its keys lie, off the disk when it crashes.
package coredump

// Off has the system write no memory image of this process, whatever its limits were, and none of the programs that it
// starts. On Linux other processes of the same user can't read its memory or attach a debugger either; root still can.
// On systems where it can't be asked for, which is Windows, it does nothing: there a crash is reported with a small part
// of the memory, by rules of the system.
func Off() error { return off() }
