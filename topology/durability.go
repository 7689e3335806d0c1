package topology

import (
	"fmt"
	"slices"
)

// Durability says whose acknowledgement a group's writes wait for.
type Durability string

// The durabilities. The zero value stands for DurabilityOneAck.
const (
	// DurabilityNone: nobody's. A primary that dies takes with it what no replica
	// has received yet, so it is replaced only if an operator accepts that.
	DurabilityNone Durability = "none"
	// DurabilityOneAck: one replica has the write on its disk.
	DurabilityOneAck Durability = "one-ack"
	// DurabilityCrossZone: one replica in another zone than the primary's has it.
	DurabilityCrossZone Durability = "cross-zone"
)

// Durabilities lists them.
func Durabilities() []Durability {
	return []Durability{DurabilityNone, DurabilityOneAck, DurabilityCrossZone}
}

// Promises returns the group's durability.
func (g *Group) Promises() Durability {
	if g.Durability == "" {
		return DurabilityOneAck
	}
	return g.Durability
}

// MayAcknowledge reports whether an acknowledgement by an instance counts for
// the writes of a primary.
func (d Durability) MayAcknowledge(primaryZone, zone string) bool {
	switch d {
	case DurabilityNone:
		return false
	case DurabilityCrossZone:
		return zone != "" && primaryZone != "" && zone != primaryZone
	case DurabilityOneAck:
	}
	return true
}

// SetDurability sets whose acknowledgement a group's writes wait for. The
// controller carries it out.
func (d *Draft) SetDurability(group string, durability Durability) error {
	g := d.Groups[group]
	if g == nil {
		return notFound("group", group, "group")
	}
	if !slices.Contains(Durabilities(), durability) {
		return &Refused{
			Code: CodeInvalid, Message: fmt.Sprintf("%q is no durability", durability), Hint: fmt.Sprintf("choose one of %v", Durabilities()),
		}
	}
	if durability == DurabilityCrossZone {
		if err := d.checkZones(g); err != nil {
			return err
		}
	}
	g.Durability = durability
	return nil
}

// checkZones refuses to wait for another zone where there is none.
func (d *Draft) checkZones(g *Group) error {
	var zones []string
	for _, member := range d.Members(g.ID) {
		if member.Zone == "" {
			return &Refused{
				Code: CodeInvalid, Message: fmt.Sprintf("the zone of instance %s is not known", member.ID),
				Hint: "remove it and add it with --zone",
			}
		}
		if !slices.Contains(zones, member.Zone) {
			zones = append(zones, member.Zone)
		}
	}
	if len(zones) < 2 {
		return &Refused{
			Code: CodeInvalid, Message: fmt.Sprintf("all instances of group %s are in one zone: its writes would wait for ever", g.ID), Hint: "add a replica in another zone first",
		}
	}
	return nil
}
