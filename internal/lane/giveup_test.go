// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// An error about the account ends the whole call, unsupported ends the targets of the same
// form, and any other error only the address.
func TestScopes(t *testing.T) {
	prefix := Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.2.0.0/28")}
	for _, c := range []struct {
		kind        eni.Kind
		other, form bool // ended as well
	}{{eni.ErrPermission, true, true}, {eni.ErrUnauthenticated, true, true}, {eni.ErrQuota, true, true}, {eni.ErrUnsupported, true, false}, {eni.ErrInvalid, false, false}} {
		d := newDrive(t, func(c *Config) { c.PerChange = 1 })
		call := d.call(addr(2), addr(3), prefix)
		d.send()
		d.refuse(c.kind, Verdict{})
		d.describe(with(addr(2), addr(3), prefix))
		d.toldOf(call, 0, eni.OutcomeRefused, c.kind)
		if c.other {
			d.toldOf(call, 1, eni.OutcomeNotTried, c.kind)
		}
		if c.form {
			d.toldOf(call, 2, eni.OutcomeNotTried, c.kind)
		}
		if call.Answered() != (c.other && c.form) {
			t.Errorf("%v: answered is %t", c.kind, call.Answered())
		}
	}
}

// MaxAttempts 1 sends an address once.
func TestMaxAttempts(t *testing.T) {
	for n := 1; n <= 3; n++ {
		d := newDrive(t, func(c *Config) { c.MaxAttempts = n })
		c := d.call(addr(2))
		sent := 0
		for !c.Answered() {
			sent++
			d.send()
			d.refuse(eni.ErrConflict, retry)
			d.pass(time.Second)
		}
		if sent != n {
			t.Errorf("MaxAttempts %d: sent %d times", n, sent)
		}
		d.told(c, eni.OutcomeRefused, eni.ErrConflict)
	}
}
