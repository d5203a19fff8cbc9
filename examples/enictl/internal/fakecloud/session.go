// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"fmt"
)

// SampleToken is the default session token.
const SampleToken = "DemoSessionTokenDemoSessionToken"

// SetTokens gives a session token to every cloud without one.
func (s *Scene) SetTokens() {
	for n := range s.Clouds {
		if c := &s.Clouds[n].Credentials; c.Token == "" {
			c.Token = SampleToken
		}
	}
}

// errLasting is the error for credentials without a token, which cannot expire.
var errLasting = errors.New("the keys are lasting ones, which do not expire: begin with --session, or with a token in the scene")

// Expire ends the sessions of all clouds, or that of one provider. Then each cloud has
// new credentials, with the same id.
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
