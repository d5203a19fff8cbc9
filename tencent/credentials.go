package tencent

import (
	"context"
	"errors"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

// keys is one set of credentials, which belong together: a request is signed with
// one set and not with the id of one and the token of the next.
type keys struct{ id, key, token string }

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
	if err := ctx.Err(); err != nil {
		return keys{}, err
	}
	c.mu.Lock()
	if fixed, ok := c.source.(*common.Credential); ok {
		c.mu.Unlock()
		return read(fixed)
	}
	f := c.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		c.flight = f
		go c.fly(f, c.source)
	}
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.keys, f.err
	case <-ctx.Done():
		return keys{}, ctx.Err()
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
