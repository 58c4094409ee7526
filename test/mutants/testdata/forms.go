package forms

func forms(n int) (int, error) {
	if n < 1 {
		return 0, errors.New("a") // lost
	}
	v, err := other(n)
	if err != nil {
		return 0, err // lost
	}
	if err := once(n); err != nil {
		return 0, err // lost
	} else if n == 2 && v != n || !(v < 3 || v > 5) {
		return 0, fmt.Errorf("b") // lost, in parts
	}
	if n == 3 {
		v++ // goes on
	}
	if n == 4 {
		return v, nil // is no refusal
	}
	if n == 5 {
	} else {
		return 0, ErrClosed // lost the other way
	}
	switch {
	case n == 6, n == 7:
		return 0, denied("c") // lost, either
	case n == 8:
		return v, nil
	}
	switch n {
	case 9:
		return 0, err // a value is no condition
	}
	return n, func() error {
		if n == 10 {
			return &Error{} // lost
		}
		return nil
	}()
}

func (m *machine[T]) Step(in Input) (eff Effects) {
	if in == nil {
		return Effects{} // ignored: lost
	}
	if in.bad {
		eff.Faults = append(eff.Faults, fault(in)) // lost
	}
	if m.over {
		return eff
	}
	if !m.sound {
		return m.end(eff, errLost) // lost
	}
	m.count++
	return eff
}

func verify(a, b int) bool { return a == b }

func larger(a, b int) bool { return a > b }

func within(a, b int) bool { return a < b && (a > 0 || b == 1) }

func why(n int) string {
	if n == 0 {
		return "it is none" // lost
	}
	if n == 1 {
		return "word"
	}
	return ""
}

func (k kind) String() string {
	if k == 0 {
		return "no kind"
	}
	return "kind"
}
