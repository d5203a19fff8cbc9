// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Credentials are an access key or an identity. The Token is empty for a permanent
// access key.
type Credentials struct {
	ID, Secret, Token string
	Identity          Identity
}

// Endpoints are the endpoints of the clouds; an absent or empty one means the cloud's
// public endpoint.
type Endpoints map[v1alpha1.Provider]string

// Accounts has one client for each cloud, region and access key, so that all objects of
// an account share the changes and the limiters of one client. The zero Accounts is
// ready to use. It is safe for concurrent use.
type Accounts struct {
	// Endpoints overrides the clouds' public endpoints. Nil means no override.
	Endpoints Endpoints

	// Options are those of every client. Nil means the defaults.
	Options *eni.Options

	// Identity is the identity for objects without a Secret. The zero Identity means
	// none.
	Identity Identity

	mu      sync.Mutex
	clients map[account]*shared
	latest  map[origin]account
}

// account identifies a client. It has the whole access key and not only its id: a
// Secret with the right id and a wrong secret must not get the same client.
type account struct {
	Credentials
	provider v1alpha1.Provider
	region   string
}

// origin is the source of an account.
type origin struct {
	secret   types.NamespacedName
	provider v1alpha1.Provider
	region   string
}

// shared is one client. It is removed when it is not in use and no Secret has its
// credentials any more.
type shared struct {
	client cloudeni.Client
	users  int // uses, plus Secrets that had these credentials when they were last read
}

// Use returns the client for the current credentials of a Secret, and a function to call
// once when the client is no longer used. The client for the Secret's previous
// credentials is removed with its last user.
func (a *Accounts) Use(from origin, c Credentials) (client cloudeni.Client, done func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := account{provider: from.provider, region: from.region, Credentials: c}
	used, err := a.client(now)
	if err != nil {
		return nil, nil, err
	}
	used.users++
	if before, known := a.latest[from]; !known || before != now {
		if known {
			a.release(before)
		}
		a.latest[from] = now
		used.users++
	}
	return used.client, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.release(now)
	}, nil
}

// Forget says that a Secret was deleted.
func (a *Accounts) Forget(from origin) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if before, known := a.latest[from]; known {
		delete(a.latest, from)
		a.release(before)
	}
}

// client returns an account's client. The lock is held.
func (a *Accounts) client(of account) (*shared, error) {
	if known := a.clients[of]; known != nil {
		return known, nil
	}
	if a.clients == nil {
		a.clients, a.latest = make(map[account]*shared), make(map[origin]account)
	}
	client, err := a.open(of)
	if err != nil {
		return nil, fmt.Errorf("make a client of %s: %w", of.provider, err)
	}
	used := &shared{client: client}
	a.clients[of] = used
	return used, nil
}

// userAgent identifies the controller in the clouds' logs.
const userAgent = "cloudeni-controller"

// open returns a new client.
func (a *Accounts) open(of account) (cloudeni.Client, error) {
	if of.Identity != NoIdentity {
		return of.Identity.open(of.provider, of.region, a.Endpoints[of.provider], a.Options)
	}
	return cloudeni.Open(cloudeni.Config{
		Provider: string(of.provider), Region: of.region, Endpoint: a.Endpoints[of.provider],
		AccessKeyID: of.ID, AccessKeySecret: of.Secret, SecurityToken: of.Token,
		UserAgent: userAgent,
	}, a.Options)
}

// release ends one use. The lock is held.
func (a *Accounts) release(of account) {
	used := a.clients[of]
	if used.users--; used.users == 0 {
		delete(a.clients, of)
	}
}
