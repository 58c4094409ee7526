package main

import (
	"math"
	"slices"
	"time"
)

// leakAt is the |t| from which on two means are held to differ: by chance it happens once in 100,000 runs.
const leakAt = 4.5

// The classes of a measurement.
const (
	fixed = iota
	random
)

// crops is how many upper bounds of the time a test is made for, beside the one without. Interrupts and other processes make
// a few measurements a hundred times as long as the rest; what is cropped away belongs to both classes alike.
const crops = 30

// measurements are the times of one computation in nanoseconds, by class.
type measurements [2][]float64

func (m *measurements) add(class int, took time.Duration) {
	m[class] = append(m[class], float64(took))
}

func (m *measurements) count() int { return len(m[fixed]) + len(m[random]) }

// sorted are all times of both classes, the shortest first.
func (m *measurements) sorted() []float64 {
	all := slices.Concat(m[fixed], m[random])
	slices.Sort(all)
	return all
}

func (m *measurements) median() time.Duration {
	all := m.sorted()
	if len(all) == 0 {
		return 0
	}
	return time.Duration(all[len(all)/2]).Round(10 * time.Nanosecond)
}

// worst is the largest |t| of several tests: of all times, of those below ever lower bounds, and of how far they are from the
// mean, since a secret can show in the spread as well. A bound that leaves fewer than a tenth is not tried.
func (m *measurements) worst() float64 {
	all := m.sorted()
	if len(all) == 0 {
		return 0
	}
	worst := math.Abs(welch(m[fixed], m[random]))
	for i := range crops {
		share := 1 - math.Pow(0.5, 5*float64(i+1)/crops) // of the measurements that are kept, from a ninth to nearly all
		bound := all[int(share*float64(len(all)-1))]
		a, b := below(m[fixed], bound), below(m[random], bound)
		if len(a)+len(b) >= len(all)/10 {
			worst = max(worst, math.Abs(welch(a, b)))
		}
	}
	bound := all[len(all)*9/10] // the spread of what is not disturbed
	a, b := below(m[fixed], bound), below(m[random], bound)
	return max(worst, math.Abs(welch(squared(a), squared(b))))
}

// below are the times up to a bound.
func below(times []float64, bound float64) (kept []float64) {
	for _, t := range times {
		if t <= bound {
			kept = append(kept, t)
		}
	}
	return kept
}

// squared are the squares of the distances from the mean.
func squared(times []float64) []float64 {
	mean, _ := moments(times)
	out := make([]float64, len(times))
	for i, t := range times {
		out[i] = (t - mean) * (t - mean)
	}
	return out
}

// welch is the t of Welch's test of whether two samples have one mean; 0 where there are too few to tell. Samples without
// any spread differ infinitely or not at all.
func welch(a, b []float64) float64 {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	meanA, varA := moments(a)
	meanB, varB := moments(b)
	difference, spread := meanA-meanB, varA/float64(len(a))+varB/float64(len(b))
	if difference == 0 {
		return 0
	}
	return difference / math.Sqrt(spread)
}

// moments are the mean and the variance of a sample.
func moments(sample []float64) (mean, variance float64) {
	for _, x := range sample {
		mean += x
	}
	mean /= float64(len(sample))
	for _, x := range sample {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(max(1, len(sample)-1))
}
