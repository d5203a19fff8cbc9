// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"fmt"
)

// SampleToken is the session token of a scene that asks for one without naming it.
const SampleToken = "DemoSessionTokenDemoSessionToken"

// SetTokens makes the credentials of every cloud those of a session, where they are not.
func (s *Scene) SetTokens() {
	for n := range s.Clouds {
		if c := &s.Clouds[n].Credentials; c.Token == "" {
			c.Token = SampleToken
		}
	}
}

// errLasting is the error of an expiry of credentials that have no token.
var errLasting = errors.New("the keys are lasting ones, which do not expire: begin with --session, or with a token in the scene")

// Expire lets the sessions of all clouds expire, or that of one provider. Each cloud has
// new credentials from then on, with the same id.
func (st *Stage) Expire(provider string) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	var concerned []*account
	for _, c := range st.clouds {
		a := c.now.Load()
		switch {
		case provider != "" && provider != c.Provider:
		case a.keys().Token == "":
			return fmt.Errorf("%s: %w", c.Provider, errLasting)
		default:
			concerned = append(concerned, a)
		}
	}
	if len(concerned) == 0 {
		return fmt.Errorf("no cloud %q is served", provider)
	}
	for _, a := range concerned {
		a.expire()
	}
	return nil
}

func (a *account) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions++
	a.credentials.Secret = fmt.Sprintf("%s%d", a.first.Secret, a.sessions)
	a.credentials.Token = fmt.Sprintf("%s%d", a.first.Token, a.sessions)
	a.renew(a.credentials)
}
