package jsonrpc

// Error is an error as geth's RPC server writes it.
type Error struct {
	Code int
	Text string
	Data any // nil: the answer has none
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

// ErrorCode implements rpc.Error.
func (e *Error) ErrorCode() int { return e.Code }

// ErrorData implements rpc.DataError.
func (e *Error) ErrorData() any { return e.Data }

// Codes of JSON-RPC, and EIP-1474's for limits.
const (
	CodeLimit         = -32005
	CodeNotFound      = -32601
	CodeInvalidParams = -32602
)

// ForOperators refuses a method at a door that operators have not opened for themselves.
func ForOperators(method, instead string) error {
	return &Error{CodeNotFound, "the method " + method + " is for operators: over IPC, or with " + OperatorsModule + " in --http.api or --ws.api" + instead, nil}
}

// NotAvailable is geth's own answer for an unknown method.
func NotAvailable(method string) error {
	return &Error{CodeNotFound, "the method " + method + " does not exist/is not available", nil}
}
