// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"fmt"
	"strconv"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// Answers chooses the responses that the vendors do not document. An empty field means
// the default of the wire server.
type Answers struct {
	ConflictScope enitest.ConflictScope `json:"conflict_scope,omitempty"` // which other interfaces a change keeps busy
	DetachFree    enitest.Reason        `json:"detach_free,omitempty"`    // of a free interface
	DetachAgain   enitest.Reason        `json:"detach_again,omitempty"`   // of an interface that is already being detached
	Missing       missing               `json:"missing,omitempty"`        // of a description with an id that does not exist
	MaxAddresses  int                   `json:"max_addresses,omitempty"`  // of one release (aliyun)

	// Codes of errors.
	PrimaryCode    string `json:"primary_code,omitempty"`     // for the release of a primary address
	ConflictCode   string `json:"conflict_code,omitempty"`    // for a change while another one is in progress
	StaleCode      string `json:"stale_code,omitempty"`       // for an address that is not on the interface (tencent)
	NoInstanceCode string `json:"no_instance_code,omitempty"` // for an instance that does not exist (tencent)
}

// missing is the response to a description with an id that does not exist.
type missing string

const (
	missingLeftOut missing = "left_out"
	missingRefused missing = "refused"
)

// The responses to a detach.
var (
	freeAnswers  = []enitest.Reason{enitest.Accepted, enitest.NotAttached, enitest.WrongState, enitest.NotFound, enitest.Conflict}
	againAnswers = []enitest.Reason{enitest.Accepted, enitest.Conflict, enitest.WrongState}
)

// answers reads the choices of a provider.
func (r *reader) answers(to *Answers, provider string) field {
	known := fields{
		"conflict_scope": word(r, &to.ConflictScope, enitest.ConflictOfInstance, enitest.ConflictOfSubnet),
		"detach_free":    word(r, &to.DetachFree, freeAnswers...),
		"detach_again":   word(r, &to.DetachAgain, againAnswers...),
		"missing":        word(r, &to.Missing, missingLeftOut, missingRefused),
		"primary_code":   r.id(&to.PrimaryCode),
		"conflict_code":  r.id(&to.ConflictCode),
	}
	if provider == aliyun.Provider {
		known["max_addresses"] = r.number(&to.MaxAddresses, 1, 32)
	} else {
		known["stale_code"], known["no_instance_code"] = r.id(&to.StaleCode), r.id(&to.NoInstanceCode)
	}
	return func(n *node, path string) { r.object(n, path, known) }
}

// number reads an integer within bounds.
func (r *reader) number(to *int, least, most int) field {
	return func(n *node, path string) {
		number, err := strconv.Atoi(fmt.Sprint(n.value))
		if n.kind() != "a number" || err != nil || number < least || number > most {
			r.badf(n, path, "got %s, want a number from %d to %d", n.written(), least, most)
			return
		}
		*to = number
	}
}

func (a *Answers) ofCloud(c *enitest.Cloud) {
	c.ConflictScope, c.DetachFree, c.DetachAgain = a.ConflictScope, a.DetachFree, a.DetachAgain
}

func (a *Answers) ofAliyun(s *aliyuntest.Server) {
	s.MaxAddresses, s.PrimaryCode, s.ConflictCode = a.MaxAddresses, a.PrimaryCode, a.ConflictCode
	s.MissingRefused = a.Missing == missingRefused
}

func (a *Answers) ofTencent(s *tencenttest.Server) {
	s.PrimaryCode, s.StaleCode, s.ConflictCode, s.NoInstanceCode = a.PrimaryCode, a.StaleCode, a.ConflictCode, a.NoInstanceCode
	s.MissingLeftOut = a.Missing == missingLeftOut
}
