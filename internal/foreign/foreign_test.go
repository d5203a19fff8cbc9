// SPDX-License-Identifier: Apache-2.0

package foreign

import "testing"

// Every client of every vendor plays its scene, and the tables say what came of it.
func TestForeignClients(t *testing.T) {
	vendors := []*vendor{&alibaba, &tencent, &legacy}
	var played []result
	complete := true
	for _, v := range vendors {
		for _, c := range v.contenders {
			ran := false
			t.Run(v.name+"/"+c.sdk+"/"+c.mode, func(t *testing.T) {
				ran = true
				r := result{v, c, v.play(t, c)}
				played = append(played, r)
				for n, failed := range r.failures {
					if failed != "" {
						t.Errorf("%s: %s", v.steps[n].name, failed)
					}
				}
			})
			complete = complete && ran
		}
	}
	if complete { // and not a choice of -run
		compare(t, "README.md", long(vendors, played))
		compare(t, "../../examples/enictl/FAKE.md", short(vendors, played))
	}
}

// result is what came of the scene with one client.
type result struct {
	vendor    *vendor
	contender contender
	failures  []string // for each step: "" for the expected result
}
