package tencent

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

// credentialSet is what belongs together: a request is signed with one set, and not
// with the id of one and the token of the next.
type credentialSet struct{ id, key, token string }

// fingerprint distinguishes sets. It holds no secret, so that an error may hold it.
type fingerprint [sha256.Size]byte

func (s credentialSet) fingerprint() fingerprint {
	return sha256.Sum256([]byte(s.id + "\x00" + s.key + "\x00" + s.token))
}

// credentialCache fetches credentials under a context, which the SDK's interfaces
// do not take: a CVM role's fetch has no timeout, and would hold a caller for as
// long as the metadata service is silent.
type credentialCache struct {
	find func() (common.CredentialIface, error) // called until there is a source

	mu       sync.Mutex
	source   common.CredentialIface
	fetching *fetch // nil where none is in progress
}

// fetch is one fetch, shared by all who call while it is in progress.
type fetch struct {
	done chan struct{}
	set  credentialSet
	err  error
}

func newCredentialCache(source common.CredentialIface) *credentialCache {
	return &credentialCache{
		source: source,
		find: func() (common.CredentialIface, error) {
			return common.DefaultProviderChain().GetCredential()
		},
	}
}

// get returns the credentials to sign a request with. When ctx ends before they
// are there it returns ctx.Err(), and the fetch goes on for later callers.
func (c *credentialCache) get(ctx context.Context) (credentialSet, error) {
	set, _, err := c.join(ctx)
	return set, err
}

// join is get; it also reports whether the fetch had begun before.
func (c *credentialCache) join(ctx context.Context) (set credentialSet, joined bool, err error) {
	if err := ctx.Err(); err != nil {
		return credentialSet{}, false, err
	}
	c.mu.Lock()
	if static, ok := c.source.(*common.Credential); ok {
		c.mu.Unlock()
		set, err := readSet(static)
		return set, false, err
	}
	f := c.fetching
	joined = f != nil
	if !joined {
		f = &fetch{done: make(chan struct{})}
		c.fetching = f
		go c.run(f, c.source)
	}
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.set, joined, f.err
	case <-ctx.Done():
		return credentialSet{}, joined, ctx.Err()
	}
}

// renew reports whether the source has other credentials now than those that have
// expired. A fetch that had begun before may return the old ones.
func (c *credentialCache) renew(ctx context.Context, expired fingerprint) bool {
	for {
		set, joined, err := c.join(ctx)
		switch {
		case err != nil:
			return false
		case set.fingerprint() != expired:
			return true
		case !joined:
			return false
		}
	}
}

// run carries out a fetch. A source that was found is kept, a failure to find one
// is not: the metadata service may be there the next time.
func (c *credentialCache) run(f *fetch, source common.CredentialIface) {
	if source == nil {
		source, f.err = c.find()
	}
	if f.err == nil {
		f.set, f.err = readSet(source)
	}
	c.mu.Lock()
	if f.err == nil {
		c.source = source
	}
	c.fetching = nil
	c.mu.Unlock()
	close(f.done)
}

// errNoCredentials is also the error of a first refresh that failed: the SDK prints
// the reason and returns what it has.
var errNoCredentials = errors.New("the credentials have no secret id or no secret key")

func readSet(source common.CredentialIface) (credentialSet, error) {
	var set credentialSet
	set.id, set.key, set.token = source.GetCredential()
	if set.id == "" || set.key == "" {
		return credentialSet{}, errNoCredentials
	}
	return set, nil
}
