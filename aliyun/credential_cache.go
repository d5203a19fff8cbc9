package aliyun

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

const (
	// reuseAfterFailure is how long credentials are used after the provider last
	// returned them, where it then fails. The SDK's providers return only what is
	// valid for another 180 seconds; the difference is for the request itself.
	reuseAfterFailure = 150 * time.Second

	// failureInterval keeps a failing provider from being asked for each request
	// while earlier credentials can still be used.
	failureInterval = 5 * time.Second
)

var errNoCredentials = errors.New("the provider returned no credentials")

// credentialCache fetches credentials from a provider: one fetch at a time, because
// the SDK's refreshing providers have no lock, and shared by all who wait for it.
type credentialCache struct {
	provider credentials.CredentialsProvider
	name     string // read once: a provider may answer from what a refresh changes
	static   *fetch // of a provider whose answer never changes; else nil

	mu       sync.Mutex
	fetching *fetch                   // nil where none is in progress
	last     *credentials.Credentials // nil until the first success, and after they have expired
	lastAt   time.Time                // when the provider returned last
	failedAt time.Time                // of the latest failure; zero after a success
}

// fetch is one GetCredentials. Its results are set before done is closed, and only
// read after that.
type fetch struct {
	renewal bool // started because the credentials before it had expired
	done    chan struct{}
	creds   *credentials.Credentials
	err     error
}

// resetter is a provider that keeps what it has once found.
type resetter interface{ reset() }

func newCredentialCache(provider credentials.CredentialsProvider) *credentialCache {
	c := &credentialCache{provider: provider, name: provider.GetProviderName()}
	switch provider.(type) {
	case *credentials.StaticAKCredentialsProvider,
		*credentials.StaticSTSCredentialsProvider,
		*credentials.BearerTokenCredentialsProvider:
		c.static = &fetch{}
		c.static.creds, c.static.err = c.load()
	}
	return c
}

// get returns credentials, or an error that is either ctx's or the provider's.
// GetCredentials takes no context, so a fetch may go on after its callers have
// departed; later callers share its result.
func (c *credentialCache) get(ctx context.Context) (*credentials.Credentials, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.static != nil {
		return c.static.creds, c.static.err
	}
	return c.join(nil).wait(ctx)
}

// renew reports whether there are other credentials than those that have expired.
func (c *credentialCache) renew(ctx context.Context, expired *credentials.Credentials) bool {
	if c.static != nil {
		return false
	}
	f := c.join(expired)
	creds, err := f.wait(ctx)
	if !f.renewal && (err != nil || same(creds, expired)) {
		// That fetch was in progress already, perhaps since before there were other
		// credentials. The next one is not.
		creds, err = c.join(expired).wait(ctx)
	}
	return err == nil && !same(creds, expired)
}

func same(a, b *credentials.Credentials) bool {
	return a.AccessKeyId == b.AccessKeyId && a.AccessKeySecret == b.AccessKeySecret &&
		a.SecurityToken == b.SecurityToken && a.BearerToken == b.BearerToken
}

func (f *fetch) wait(ctx context.Context) (*credentials.Credentials, error) {
	select {
	case <-f.done:
		return f.creds, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// completed is a fetch with a known result.
func completed(creds *credentials.Credentials) *fetch {
	f := &fetch{done: make(chan struct{}), creds: creds}
	close(f.done)
	return f
}

// join returns the fetch in progress, or starts one. Credentials that are known to
// have expired, if any, are dropped first; where others came in meanwhile, those
// are the result.
func (c *credentialCache) join(expired *credentials.Credentials) *fetch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if expired != nil && c.last != nil {
		if !same(c.last, expired) {
			return completed(c.last)
		}
		c.last = nil
	}
	if c.fetching != nil {
		return c.fetching
	}
	if !c.failedAt.IsZero() && time.Since(c.failedAt) < failureInterval && c.lastIsValid() {
		return completed(c.last)
	}
	c.fetching = &fetch{renewal: expired != nil, done: make(chan struct{})}
	go c.run(c.fetching)
	return c.fetching
}

func (c *credentialCache) run(f *fetch) {
	if p, ok := c.provider.(resetter); ok && f.renewal {
		p.reset()
	}
	creds, err := c.load()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.last, c.lastAt, c.failedAt = creds, time.Now(), time.Time{}
	} else {
		c.failedAt = time.Now()
		if c.lastIsValid() {
			creds, err = c.last, nil
		}
	}
	f.creds, f.err = creds, err
	c.fetching = nil
	close(f.done)
}

func (c *credentialCache) lastIsValid() bool {
	return c.last != nil && time.Since(c.lastAt) < reuseAfterFailure
}

// load returns a copy, so that a later change by the provider does not reach a
// request.
func (c *credentialCache) load() (*credentials.Credentials, error) {
	creds, err := c.provider.GetCredentials()
	if err != nil {
		return nil, err
	}
	if creds == nil || creds.BearerToken == "" && (creds.AccessKeyId == "" || creds.AccessKeySecret == "") {
		return nil, errNoCredentials
	}
	copied := *creds
	return &copied, nil
}

// defaultChain is the SDK's default chain, made anew until it has worked once. The
// SDK's own keeps the last provider in the chain after its first failure, so that
// a program that starts before its credentials are there would never find them. It
// is also made anew when what it found has expired: the vendor's clock decides on
// that, not the clock of this machine.
type defaultChain struct {
	chain  credentials.CredentialsProvider
	worked bool
}

func (d *defaultChain) GetCredentials() (*credentials.Credentials, error) {
	if !d.worked {
		d.chain = credentials.NewDefaultCredentialsProvider()
	}
	creds, err := d.chain.GetCredentials()
	d.worked = d.worked || err == nil
	return creds, err
}

func (d *defaultChain) reset() { d.worked = false }

func (*defaultChain) GetProviderName() string { return "default" }

// issued gives the credentials of one request to the SDK's signer, so that it signs
// with those that the redactor knows.
type issued struct{ creds *credentials.Credentials }

func (i issued) GetCredentials() (*credentials.Credentials, error) { return i.creds, nil }
func (i issued) GetProviderName() string                           { return i.creds.ProviderName }
