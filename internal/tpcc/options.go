package tpcc

import (
	"errors"
	"time"
)

// Options are the sizes and the shape of a run. The zero value of a size is the
// specification's.
type Options struct {
	// Warehouses has no default.
	Warehouses int
	// Items is 100,000 in the specification.
	Items int
	// Customers are those of a district, 3,000; it has as many orders at first.
	Customers int
	// Seed changes the rows and what terminals ask.
	Seed uint64
	// Terminals are clients at work at the same time, for Time.
	Terminals int
	Time      time.Duration
	// Local keeps each terminal to its own warehouse.
	Local bool
}

// districts is how many a warehouse has.
const districts = 10

// Validate fills in what is left out.
func (o *Options) Validate() error {
	if o.Warehouses < 1 {
		return errors.New("tpcc: at least one warehouse is needed")
	}
	if o.Items == 0 {
		o.Items = 100_000
	}
	if o.Customers == 0 {
		o.Customers = 3000
	}
	if o.Items < 100 || o.Customers < 10 {
		return errors.New("tpcc: at least 100 items and 10 customers are needed")
	}
	return nil
}

// delivered is how many of a district's first orders are delivered: 2,100 of 3,000.
func (o Options) delivered() int { return o.Customers * 7 / 10 }
