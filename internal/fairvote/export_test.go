package fairvote

// WithPrecision runs f with fixed-point numbers of so many bits at most.
func WithPrecision(bits uint, f func()) {
	defer func(was uint) { precision = was }(precision)
	precision = bits
	f()
}
