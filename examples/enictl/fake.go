// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The bounds of what a fake has.
const (
	maxENIs      = 10_000
	maxLeaked    = 10_000
	maxAddresses = 200
)

// fakeJob is the command line of fake, understood.
type fakeJob struct {
	*job
	enis          uint16
	perInstance   uint16 // interfaces of each instance
	leaked        uint16 // free interfaces, behind the others
	addresses     uint8  // to release, on each interface
	ports         map[string]*int
	completeAfter time.Duration
	history       string
	targets       string
}

func (p *program) fakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "fake",
		Short:   "Serve both clouds on loopback, with sample interfaces, to try things on",
		Long:    fakeHelp,
		Example: fakeExamples,
		Args:    cobra.NoArgs,
	}
	f := fakeJob{job: &job{command: cmd.Name()}, ports: make(map[string]*int)}
	p.jobs[cmd] = f.job
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.provider, "provider", "", "`NAME` of the only cloud to serve: "+oneOf(providerNames())+"; else both")
	fs.Uint16Var(&f.enis, "enis", 3, "interfaces of each cloud: eni-1 on i-1, and so on")
	fs.Uint16Var(&f.perInstance, "per-instance", 1, "interfaces of each instance")
	fs.Uint16Var(&f.leaked, "leaked", 0, "interfaces that are attached to nothing, for sweep and delete")
	fs.Uint8Var(&f.addresses, "addresses", 5, "addresses to release on each interface, beside its primary one")
	for _, name := range providerNames() {
		f.ports[name] = fs.Int(name+"-port", 0, "port of "+providers[name].title+"; 0 means a free one")
	}
	fs.DurationVar(&f.completeAfter, "complete-after", 0, "how long after its acceptance a change takes effect, such as 500ms")
	fs.StringVar(&f.history, "history", "", "`FILE` that gets a line of JSON for each change that takes effect")
	fs.StringVar(&f.targets, "targets", "", "`FILE` that gets the addresses to release, for release -f:\nCSV where its name ends in .csv, else JSON lines")
	fs.StringVarP(&f.output, "output", "o", textOutput, "`FORM` of what is printed: text, for a shell and a person, or json")
	complete(cmd, "provider", providerNames()...)
	complete(cmd, "output", textOutput, jsonOutput)
	cmd.PreRunE = func(*cobra.Command, []string) error { return f.check() }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.fake(cmd.Context(), f) }
	return cmd
}

func (f *fakeJob) check() error {
	_, known := providers[f.provider]
	switch {
	case f.output != textOutput && f.output != jsonOutput:
		return fmt.Errorf("--output %q is unknown: want %s or %s", f.output, textOutput, jsonOutput)
	case f.provider != "" && !known:
		return fmt.Errorf("unknown --provider %q: want %s", f.provider, oneOf(providerNames()))
	case f.enis < 1 || f.enis > maxENIs:
		return fmt.Errorf("--enis %d: want 1 to %d", f.enis, maxENIs)
	case f.perInstance < 1:
		return fmt.Errorf("--per-instance %d: want 1 or more", f.perInstance)
	case f.leaked > maxLeaked:
		return fmt.Errorf("--leaked %d: want 0 to %d", f.leaked, maxLeaked)
	case f.addresses < 1 || f.addresses > maxAddresses:
		return fmt.Errorf("--addresses %d: want 1 to %d", f.addresses, maxAddresses)
	case f.completeAfter < 0:
		return fmt.Errorf("--complete-after %s: want a duration such as 500ms", f.completeAfter)
	}
	return nil
}

// served is one cloud of a fake, as fake -o json prints it.
type served struct {
	Provider string            `json:"provider"`
	Region   string            `json:"region"`
	Endpoint string            `json:"endpoint"`
	Env      map[string]string `json:"env"` // the credentials, by the names under which the SDK looks for them

	title    string
	keys     []string // of Env, in the order in which a person expects them
	cloud    *enitest.Cloud
	handler  http.Handler
	listener net.Listener
}

// fakes makes the cloud of each provider. Its handler and credentials are those
// of the wire server.
var fakes = map[string]func(*enitest.Cloud) served{
	"aliyun": func(cloud *enitest.Cloud) served {
		server := aliyuntest.NewServer(cloud)
		return served{
			Region: server.Region, handler: server,
			Env: map[string]string{
				"ALIBABA_CLOUD_ACCESS_KEY_ID":     server.AccessKeyID,
				"ALIBABA_CLOUD_ACCESS_KEY_SECRET": server.AccessKeySecret,
			},
			keys: []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"},
		}
	},
	"tencent": func(cloud *enitest.Cloud) served {
		server, legacy := tencenttest.NewServer(cloud), tencenttest.NewLegacyServer(cloud)
		legacy.SetCredentials(server.SecretID, server.SecretKey, server.Token)
		mux := http.NewServeMux()
		mux.Handle("/", server)
		mux.Handle("/v2/index.php", legacy)
		return served{
			Region: server.Region, handler: mux,
			Env: map[string]string{
				"TENCENTCLOUD_SECRET_ID":  server.SecretID,
				"TENCENTCLOUD_SECRET_KEY": server.SecretKey,
			},
			keys: []string{"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"},
		}
	},
}

// fake serves until ctx ends, which is how it is meant to end.
func (p *program) fake(ctx context.Context, f fakeJob) error {
	history, err := create(f.history)
	if err != nil {
		return err
	}
	defer func() {
		if err := history.Close(); err != nil {
			p.fail(err)
		}
	}()
	if err := f.writeTargets(); err != nil {
		return err
	}
	clouds, err := f.listen(ctx)
	if err != nil {
		return err
	}

	c := chronicle{w: history, clouds: clouds, written: make([]int, len(clouds))}
	touched := make(chan struct{}, 1)
	var serving sync.WaitGroup
	servers := make([]*http.Server, len(clouds))
	for n, cloud := range clouds {
		servers[n] = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			cloud.handler.ServeHTTP(w, r)
			select {
			case touched <- struct{}{}:
			default: // the signal is there already
			}
		})}
		serving.Go(func() {
			if err := servers[n].Serve(cloud.listener); !errors.Is(err, http.ErrServerClosed) {
				p.person.sayf("%s is served no longer: %v", cloud.Provider, err)
			}
		})
	}
	if f.output == jsonOutput {
		encode(p.stdout, map[string]any{"clouds": clouds})
	} else {
		f.introduce(p.stdout, clouds)
	}

	err = c.keep(ctx, touched, f.completeAfter)
	for _, server := range servers {
		err = errors.Join(err, server.Close()) // nobody waits for answers any more
	}
	serving.Wait()
	if err := errors.Join(err, c.write()); err != nil {
		p.fail(err)
	}
	return nil
}

// listen makes the clouds, with their interfaces, and listens for requests.
func (f *fakeJob) listen(ctx context.Context) ([]served, error) {
	var clouds []served
	for _, name := range providerNames() {
		if f.provider != "" && f.provider != name {
			continue
		}
		cloud := new(enitest.Cloud)
		if f.completeAfter > 0 {
			cloud.CompletesAfter = func(enitest.Call) time.Duration { return f.completeAfter }
		}
		for n := uint16(1); n <= f.enis; n++ {
			cloud.Put(f.sample(n, providers[name].prefixes))
		}
		for n := f.enis + 1; n <= f.enis+f.leaked; n++ {
			cloud.Put(leaked(n))
		}
		s := fakes[name](cloud)
		s.Provider, s.title, s.cloud = name, providers[name].title, cloud
		var err error
		s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", *f.ports[name]))
		if err != nil {
			for _, other := range clouds {
				err = errors.Join(err, other.listener.Close())
			}
			return nil, err
		}
		s.Endpoint = "http://" + s.listener.Addr().String()
		clouds = append(clouds, s)
	}
	return clouds, nil
}

// sampleAddress is one of the addresses of eni-n. The first is the primary one.
func sampleAddress(n uint16, k uint8) netip.Addr {
	a := [4]byte{10, 0, 0, k}
	binary.BigEndian.PutUint16(a[1:], n)
	return netip.AddrFrom4(a)
}

// sample returns eni-n.
func (f *fakeJob) sample(n uint16, prefixes bool) eni.Interface {
	i := eni.Interface{
		ID: fmt.Sprintf("eni-%d", n), Type: eni.TypeSecondary, State: eni.StateInUse,
		InstanceID: fmt.Sprintf("i-%d", (n-1)/f.perInstance+1), VPCID: "vpc-1", Tags: sampleTags(n),
	}
	for k := uint8(1); k <= f.addresses+1; k++ {
		i.Addresses = append(i.Addresses, eni.Address{Addr: sampleAddress(n, k), Primary: k == 1})
	}
	v6 := netip.MustParseAddr("2001:db8::").As16()
	binary.BigEndian.PutUint32(v6[12:], uint32(n))
	i.Addresses = append(i.Addresses, eni.Address{Addr: netip.AddrFrom16(v6)})
	if prefixes {
		v4 := netip.MustParseAddr("172.16.0.0").As4()
		binary.BigEndian.PutUint32(v4[:], binary.BigEndian.Uint32(v4[:])+16*uint32(n))
		i.Prefixes = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4(v4), 28)}
	}
	return i
}

// leaked returns eni-n as somebody has left it behind, who has detached it and not
// deleted it.
func leaked(n uint16) eni.Interface {
	return eni.Interface{
		ID: fmt.Sprintf("eni-%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", Tags: sampleTags(n),
		Addresses: []eni.Address{{Addr: sampleAddress(n, 1), Primary: true}},
	}
}

// sampleTags are those of eni-n.
func sampleTags(n uint16) map[string]string {
	return map[string]string{"created-by": "demo", "pod": fmt.Sprintf("web-%d", n)}
}

// writeTargets writes what release -f reads.
func (f *fakeJob) writeTargets() error {
	if f.targets == "" {
		return nil
	}
	var text strings.Builder
	form := "{\"eni\":\"eni-%d\",\"address\":\"%s\"}\n"
	if strings.HasSuffix(f.targets, ".csv") {
		form = "eni-%d,%s\n"
		text.WriteString("eni,address\n")
	}
	for n := uint16(1); n <= f.enis; n++ {
		for k := uint8(2); k <= f.addresses+1; k++ {
			fmt.Fprintf(&text, form, n, sampleAddress(n, k))
		}
	}
	return os.WriteFile(f.targets, []byte(text.String()), 0o600)
}

// introduce says where the clouds are, in the words of a shell, and what to try.
func (f *fakeJob) introduce(w *output, clouds []served) {
	for _, s := range clouds {
		fmt.Fprintf(w, "# %s, with %d × %d addresses to release:\n", s.title, f.enis, f.addresses)
		fmt.Fprintf(w, "export ENICTL_PROVIDER=%s ENICTL_REGION=%s ENICTL_ENDPOINT=%s\n", s.Provider, s.Region, s.Endpoint)
		var pairs []string
		for _, key := range s.keys {
			pairs = append(pairs, key+"="+s.Env[key])
		}
		fmt.Fprintf(w, "export %s\n\n", strings.Join(pairs, " "))
	}
	fmt.Fprintf(w, "# Paste the lines of a cloud into another shell, and try:\n")
	fmt.Fprintf(w, "#   enictl show eni-1\n")
	fmt.Fprintf(w, "#   enictl unassign-ips --eni eni-1 %s\n", sampleAddress(1, 2))
	fmt.Fprintf(w, "#   enictl detach --eni eni-1 --instance i-1\n")
	fmt.Fprintf(w, "#   enictl release -f %s --dry-run\n", cmp.Or(f.targets, "FILE"))
	fmt.Fprintf(w, "#   enictl list --tag created-by=demo\n")
	if f.leaked > 0 {
		fmt.Fprintf(w, "#   enictl sweep --tag created-by=demo --grace 2s\n")
		fmt.Fprintf(w, "#   enictl delete eni-%d\n", f.enis+1)
	}
	fmt.Fprintf(w, "# Ctrl-C ends the fake.\n")
}

// create opens a file for writing; an empty name is one that swallows everything.
func create(name string) (io.WriteCloser, error) {
	if name == "" {
		return nothing{}, nil
	}
	return os.Create(name)
}

// nothing swallows what is written to it.
type nothing struct{}

func (nothing) Write(b []byte) (int, error) { return len(b), nil }
func (nothing) Close() error                { return nil }

// chronicle writes each change once, in the order of its cloud's history.
type chronicle struct {
	w       io.Writer
	clouds  []served
	written []int // changes of each cloud
}

// event is a line of the history.
type event struct {
	Time      time.Time `json:"time"`
	Provider  string    `json:"provider"`
	Action    string    `json:"action"`
	ENI       string    `json:"eni"`
	Released  []string  `json:"released,omitempty"`
	Detached  bool      `json:"detached,omitempty"`
	Deleted   bool      `json:"deleted,omitempty"`
	RequestID string    `json:"request_id"`
}

// keep writes what changes until ctx ends. A change that completes later does so
// without a request, so the history is read now and then.
func (c *chronicle) keep(ctx context.Context, touched <-chan struct{}, completeAfter time.Duration) error {
	var later <-chan time.Time
	if completeAfter > 0 {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		later = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-touched:
		case <-later:
		}
		if err := c.write(); err != nil {
			return err
		}
	}
}

func (c *chronicle) write() error {
	enc := json.NewEncoder(c.w)
	for n, s := range c.clouds {
		changes := s.cloud.History()[c.written[n]:]
		for _, change := range changes {
			e := event{
				Time: change.Time, Provider: s.Provider, Action: string(change.Call.Action),
				ENI: change.Call.InterfaceID, Detached: change.Detached, Deleted: change.Deleted, RequestID: change.Call.RequestID,
			}
			for _, prefix := range change.Released {
				e.Released = append(e.Released, name(prefix))
			}
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		c.written[n] += len(changes)
	}
	return nil
}
