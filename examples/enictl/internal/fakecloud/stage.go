// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// Stage is a running fake: clouds, faults, a log and a history. It is safe for
// concurrent use.
type Stage struct {
	log     *requestLog
	history *history
	faults  faults

	mu     sync.Mutex // one change of the whole stage at a time
	scene  *Scene     // that Reset restores
	rules  []*Fault
	clouds []*Cloud
}

// Options are the settings of a Stage besides its scene. The zero Options are valid.
type Options struct {
	Faults        []*Fault      // after those of the scene
	Seed          uint64        // of the faults; 0 means the seed of the scene
	CompleteAfter time.Duration // the duration of a change without a fault
	Log           Lines         // gets each request; nil for none
	History       Lines         // gets each change that takes effect; nil for none
}

// Cloud is one cloud of a Stage. It is an http.Handler: it serves the vendor's protocol.
type Cloud struct {
	Provider string
	stage    *Stage
	now      atomic.Pointer[account] // replaced by a reset
}

// account is a cloud between two resets.
type account struct {
	cloud   *enitest.Cloud
	region  string
	handler http.Handler
	renew   func(Credentials)
	first   Credentials // of the scene

	mu          sync.Mutex
	credentials Credentials // the current ones
	sessions    int         // the number of expired ones
}

// NewStage starts a fake with a scene.
func NewStage(s *Scene, opts Options) *Stage {
	st := &Stage{log: &requestLog{lines: opts.Log}, history: &history{lines: opts.History}}
	st.faults.completeAfter = opts.CompleteAfter
	for _, a := range s.Clouds {
		st.clouds = append(st.clouds, &Cloud{Provider: a.Provider, stage: st})
	}
	st.rules = opts.Faults
	st.begin(s, cmp.Or(opts.Seed, s.Seed))
	return st
}

// Clouds returns the clouds of the scene, in alphabetical order.
func (st *Stage) Clouds() []*Cloud { return st.clouds }

// Close ends the log and the history, and returns the error of the log.
func (st *Stage) Close() error {
	if st.log.lines == nil {
		return nil
	}
	return st.log.lines.Err()
}

// begin restores the state of the scene. The stage is locked, or new.
func (st *Stage) begin(s *Scene, seed uint64) {
	own := *s
	own.Seed = seed
	st.scene = &own
	var rules []*Fault
	for _, text := range s.Faults {
		if f, err := ParseFault(text); err == nil { // the faults of a scene are valid
			rules = append(rules, f)
		}
	}
	for _, c := range st.clouds {
		if before := c.now.Swap(c.open(s.Account(c.Provider))); before != nil {
			st.history.close(before.cloud)
		}
		st.history.open(c.Provider, c.now.Load().cloud)
	}
	st.faults.begin(seed, append(rules, st.rules...))
	st.log.clear()
}

// Reset restores the initial interfaces, credentials and faults, and clears the list of
// requests. Changes in progress have no effect any more.
func (st *Stage) Reset() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.begin(st.scene, st.scene.Seed)
}

// errClouds is the error for a scene with other clouds than the served ones.
var errClouds = errors.New("the scene has other clouds than those that are served, which cannot change")

// SetScene starts again with another scene, which a later Reset restores. It must have
// the same clouds.
func (st *Stage) SetScene(s *Scene) error {
	if len(s.Clouds) != len(st.clouds) {
		return errClouds
	}
	for n, c := range st.clouds {
		if s.Clouds[n].Provider != c.Provider {
			return errClouds
		}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.begin(s, s.Seed)
	return nil
}

// Scene returns the current state, with the initial faults.
func (st *Stage) Scene(ctx context.Context) *Scene {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := &Scene{Seed: st.scene.Seed, Faults: st.scene.Faults}
	for _, c := range st.clouds {
		a, said := c.now.Load(), st.scene.Account(c.Provider)
		now.Clouds = append(now.Clouds, Account{
			Provider: c.Provider, Region: a.region, Credentials: a.keys(), Interfaces: a.interfaces(ctx),
			Instances: a.cloud.Instances(), Subnets: said.Subnets, Answers: said.Answers,
		})
	}
	return now
}

// interfaces returns the current interfaces of an account.
func (a *account) interfaces(ctx context.Context) []eni.Interface {
	answer, err := a.cloud.Do(context.WithoutCancel(ctx), enitest.Call{Action: enitest.List, RequestID: ownRequest})
	if err != nil {
		panic(err) // no fault applies to it, and its context does not end
	}
	return answer.Interfaces
}

func (a *account) keys() Credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.credentials
}

// open makes a cloud from its part of the scene.
func (c *Cloud) open(said *Account) *account {
	a := &account{cloud: new(enitest.Cloud), region: said.Region, first: said.Credentials, credentials: said.Credentials}
	a.cloud.Control = func(call enitest.Call) *enitest.Fault { return c.stage.faults.meet(c.Provider, call) }
	a.cloud.CompletesAfter = func(call enitest.Call) time.Duration { return c.stage.faults.completes(c.Provider, call) }
	said.Answers.ofCloud(a.cloud)
	a.cloud.PutSubnet(said.Subnets...)
	a.cloud.PutInstance(said.Instances...)
	a.cloud.Put(slices.Clone(said.Interfaces)...)
	if c.Provider == aliyun.Provider {
		server := aliyuntest.NewServer(a.cloud)
		server.Region = said.Region
		server.AccessKeyID, server.AccessKeySecret, server.SecurityToken = said.Credentials.ID, said.Credentials.Secret, said.Credentials.Token
		said.Answers.ofAliyun(server)
		a.handler, a.renew = server, func(k Credentials) { server.SetCredentials(k.ID, k.Secret, k.Token) }
		return a
	}
	server, legacy := tencenttest.NewServer(a.cloud), tencenttest.NewLegacyServer(a.cloud)
	said.Answers.ofTencent(server)
	server.Region, legacy.Region = said.Region, said.Region
	a.renew = func(k Credentials) {
		server.SetCredentials(k.ID, k.Secret, k.Token)
		legacy.SetCredentials(k.ID, k.Secret, k.Token)
	}
	a.renew(said.Credentials)
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle(legacyPath, legacy)
	a.handler = mux
	return a
}

// legacyPath is the path of Tencent Cloud's API 2.0.
const legacyPath = "/v2/index.php"

// Region returns the region of the interfaces.
func (c *Cloud) Region() string { return c.now.Load().region }

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// Env returns the current credentials as variables of the vendor's default credential
// chain.
func (c *Cloud) Env() []Variable {
	k := c.now.Load().keys()
	names := [...]string{"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"}
	if c.Provider == aliyun.Provider {
		names = [...]string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"}
	}
	env := []Variable{{names[0], k.ID}, {names[1], k.Secret}}
	if k.Token != "" {
		env = append(env, Variable{names[2], k.Token})
	}
	return env
}
