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
	name     string // asked for once: a provider may answer from what a refresh changes
	static   bool

	mu     sync.Mutex
	asking *question                // nil when none is under way
	last   *credentials.Credentials // nil until the first success
	lastAt time.Time                // when last was handed out
	failed time.Time                // of the latest failure; zero after a success
}

// question is one GetCredentials. Its results are set before done is closed.
type question struct {
	done  chan struct{}
	creds *credentials.Credentials
	err   error
}

func newKeyring(provider credentials.CredentialsProvider) *keyring {
	k := &keyring{provider: provider, name: provider.GetProviderName()}
	switch provider.(type) {
	case *credentials.StaticAKCredentialsProvider,
		*credentials.StaticSTSCredentialsProvider,
		*credentials.BearerTokenCredentialsProvider:
		// These never change and never block, so they need neither lock nor goroutine.
		k.static = true
	}
	return k
}

// get returns credentials that are the caller's to read, or an error that is
// either ctx's or the provider's. GetCredentials knows no context, so a question
// may go on after its callers have left; whoever comes next shares its answer.
func (k *keyring) get(ctx context.Context) (*credentials.Credentials, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if k.static {
		return k.ask()
	}
	q := k.join()
	select {
	case <-q.done:
		return q.creds, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join returns the question under way, or starts one.
func (k *keyring) join() *question {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asking != nil {
		return k.asking
	}
	q := &question{done: make(chan struct{})}
	if !k.failed.IsZero() && time.Since(k.failed) < betweenFailures && k.lastIsValid() {
		q.creds = k.last
		close(q.done)
		return q
	}
	k.asking = q
	go k.answer(q)
	return q
}

func (k *keyring) answer(q *question) {
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
// never find them.
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

func (*defaultChain) GetProviderName() string { return "default" }

// issued hands the credentials of one request to the SDK's signer, so that what
// it signs with is what is later withheld from texts.
type issued struct{ creds *credentials.Credentials }

func (i issued) GetCredentials() (*credentials.Credentials, error) { return i.creds, nil }
func (i issued) GetProviderName() string                           { return i.creds.ProviderName }
