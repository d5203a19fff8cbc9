package tencent

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

// keys is one set of credentials, which belong together: a request is signed with
// one set and not with the id of one and the token of the next.
type keys struct{ id, key, token string }

// fingerprint tells two sets apart without being one, so that an error may hold it.
type fingerprint [sha256.Size]byte

func (k keys) fingerprint() fingerprint {
	return sha256.Sum256([]byte(k.id + "\x00" + k.key + "\x00" + k.token))
}

// credentials fetches keys under a context, which the SDK's interfaces cannot: a
// CVM role's fetch has no timeout, and would hold a caller for as long as the
// metadata service is silent.
type credentials struct {
	find func() (common.CredentialIface, error) // for as long as there is no source

	mu     sync.Mutex
	source common.CredentialIface
	flight *flight // the fetch under way, if any
}

// flight is one fetch, for all who ask while it is under way.
type flight struct {
	done chan struct{}
	keys keys
	err  error
}

func newCredentials(source common.CredentialIface) *credentials {
	return &credentials{
		source: source,
		find: func() (common.CredentialIface, error) {
			return common.DefaultProviderChain().GetCredential()
		},
	}
}

// fetch returns the keys to sign a request with. When ctx ends before they are
// there it returns ctx.Err(), and the fetch goes on for those who ask next.
func (c *credentials) fetch(ctx context.Context) (keys, error) {
	k, _, err := c.ask(ctx)
	return k, err
}

// ask is fetch that also tells whether the fetch had begun before.
func (c *credentials) ask(ctx context.Context) (k keys, joined bool, err error) {
	if err := ctx.Err(); err != nil {
		return keys{}, false, err
	}
	c.mu.Lock()
	if fixed, ok := c.source.(*common.Credential); ok {
		c.mu.Unlock()
		k, err := read(fixed)
		return k, false, err
	}
	f := c.flight
	joined = f != nil
	if !joined {
		f = &flight{done: make(chan struct{})}
		c.flight = f
		go c.fly(f, c.source)
	}
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.keys, joined, f.err
	case <-ctx.Done():
		return keys{}, joined, ctx.Err()
	}
}

// others reports whether the source has other keys now than those that are spent.
// What a fetch brings that had begun before says nothing about now.
func (c *credentials) others(ctx context.Context, spent fingerprint) bool {
	for {
		k, joined, err := c.ask(ctx)
		switch {
		case err != nil:
			return false
		case k.fingerprint() != spent:
			return true
		case !joined:
			return false
		}
	}
}

// fly carries out a fetch. A source that was found stays, a failure to find one
// does not: the metadata service may be there the next time.
func (c *credentials) fly(f *flight, source common.CredentialIface) {
	if source == nil {
		source, f.err = c.find()
	}
	if f.err == nil {
		f.keys, f.err = read(source)
	}
	c.mu.Lock()
	if f.err == nil {
		c.source = source
	}
	c.flight = nil
	c.mu.Unlock()
	close(f.done)
}

// errNoKeys is also what becomes of a refresh that failed for want of an older set
// of keys: the SDK prints the reason and hands out what it has.
var errNoKeys = errors.New("the credentials have no secret id or no secret key")

func read(source common.CredentialIface) (keys, error) {
	var k keys
	k.id, k.key, k.token = source.GetCredential()
	if k.id == "" || k.key == "" {
		return keys{}, errNoKeys
	}
	return k, nil
}
