package aliyun

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

const (
	// afterFailure is how long credentials are used on after a provider last
	// handed them out, when it then fails. The SDK's providers hand out only what
	// is valid for another 180 seconds; the difference is for the request itself.
	afterFailure = 150 * time.Second

	// betweenFailures keeps a failing provider from being asked for each request
	// while there are credentials to go on with.
	betweenFailures = 5 * time.Second
)

var errNoCredentials = errors.New("the provider returned no credentials")

// keyring asks a provider for credentials: once at a time, because the SDK's
// refreshing providers have no lock, and on behalf of everybody who is waiting.
type keyring struct {
	provider credentials.CredentialsProvider
	name     string    // asked for once: a provider may answer from what a refresh changes
	fixed    *question // answered for good, of a provider whose answer never changes; else nil

	mu     sync.Mutex
	asking *question                // nil when none is under way
	last   *credentials.Credentials // nil until the first success, and when they have expired
	lastAt time.Time                // when last was handed out
	failed time.Time                // of the latest failure; zero after a success
}

// question is one GetCredentials. Its results are set before done is closed, and
// are everybody's to read.
type question struct {
	afresh bool // asked because the credentials before it had expired
	done   chan struct{}
	creds  *credentials.Credentials
	err    error
}

// forgetter is a provider that holds on to what it was once given.
type forgetter interface{ forget() }

func newKeyring(provider credentials.CredentialsProvider) *keyring {
	k := &keyring{provider: provider, name: provider.GetProviderName()}
	switch provider.(type) {
	case *credentials.StaticAKCredentialsProvider,
		*credentials.StaticSTSCredentialsProvider,
		*credentials.BearerTokenCredentialsProvider:
		k.fixed = &question{}
		k.fixed.creds, k.fixed.err = k.ask()
	}
	return k
}

// get returns credentials, or an error that is either ctx's or the provider's.
// GetCredentials knows no context, so a question may go on after its callers have
// left; whoever comes next shares its answer.
func (k *keyring) get(ctx context.Context) (*credentials.Credentials, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if k.fixed != nil {
		return k.fixed.creds, k.fixed.err
	}
	return k.join(nil).wait(ctx)
}

// renew reports whether there are other credentials than those that have expired.
func (k *keyring) renew(ctx context.Context, expired *credentials.Credentials) bool {
	if k.fixed != nil {
		return false
	}
	q := k.join(expired)
	creds, err := q.wait(ctx)
	if !q.afresh && (err != nil || same(creds, expired)) {
		// It was under way already, perhaps from before there were others. The next
		// one is not.
		creds, err = k.join(expired).wait(ctx)
	}
	return err == nil && !same(creds, expired)
}

func same(a, b *credentials.Credentials) bool {
	return a.AccessKeyId == b.AccessKeyId && a.AccessKeySecret == b.AccessKeySecret &&
		a.SecurityToken == b.SecurityToken && a.BearerToken == b.BearerToken
}

func (q *question) wait(ctx context.Context) (*credentials.Credentials, error) {
	select {
	case <-q.done:
		return q.creds, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answered is a question that needs no asking.
func answered(creds *credentials.Credentials) *question {
	q := &question{done: make(chan struct{}), creds: creds}
	close(q.done)
	return q
}

// join returns the question under way, or starts one. Credentials that are known
// to have expired, if any, are forgotten first; where others came in meanwhile,
// those are the answer.
func (k *keyring) join(expired *credentials.Credentials) *question {
	k.mu.Lock()
	defer k.mu.Unlock()
	if expired != nil && k.last != nil {
		if !same(k.last, expired) {
			return answered(k.last)
		}
		k.last = nil
	}
	if k.asking != nil {
		return k.asking
	}
	if !k.failed.IsZero() && time.Since(k.failed) < betweenFailures && k.lastIsValid() {
		return answered(k.last)
	}
	k.asking = &question{afresh: expired != nil, done: make(chan struct{})}
	go k.answer(k.asking)
	return k.asking
}

func (k *keyring) answer(q *question) {
	if f, ok := k.provider.(forgetter); ok && q.afresh {
		f.forget()
	}
	creds, err := k.ask()
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.last, k.lastAt, k.failed = creds, time.Now(), time.Time{}
	} else {
		k.failed = time.Now()
		if k.lastIsValid() {
			creds, err = k.last, nil
		}
	}
	q.creds, q.err = creds, err
	k.asking = nil
	close(q.done)
}

func (k *keyring) lastIsValid() bool {
	return k.last != nil && time.Since(k.lastAt) < afterFailure
}

// ask returns a copy, so that nobody's later change meets a request.
func (k *keyring) ask() (*credentials.Credentials, error) {
	creds, err := k.provider.GetCredentials()
	if err != nil {
		return nil, err
	}
	if creds == nil || creds.BearerToken == "" && (creds.AccessKeyId == "" || creds.AccessKeySecret == "") {
		return nil, errNoCredentials
	}
	own := *creds
	return &own, nil
}

// defaultChain is the SDK's default chain, made anew until it has worked once.
// The SDK's own settles for the last provider in the chain after its first
// failure, so that a program that starts before its credentials are there would
// never find them. It is also made anew when what it found has expired: the
// vendor's clock, not ours, decides on that.
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

func (d *defaultChain) forget() { d.worked = false }

func (*defaultChain) GetProviderName() string { return "default" }

// issued hands the credentials of one request to the SDK's signer, so that what
// it signs with is what is later withheld from texts.
type issued struct{ creds *credentials.Credentials }

func (i issued) GetCredentials() (*credentials.Credentials, error) { return i.creds, nil }
func (i issued) GetProviderName() string                           { return i.creds.ProviderName }
