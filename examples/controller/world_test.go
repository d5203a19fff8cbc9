// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// patience is how long a test waits for what must happen. It is no measure of
// speed: on a healthy machine nothing takes a tenth of it.
const patience = 3 * time.Minute

// stale is an address that is on no interface.
const stale = "10.98.0.1"

var regions = map[v1alpha1.Provider]string{v1alpha1.Aliyun: "cn-hangzhou", v1alpha1.Tencent: "ap-guangzhou"}

// world is both clouds behind their wire servers, and a namespace.
type world struct {
	t         *testing.T
	namespace string
	clouds    map[v1alpha1.Provider]*enitest.Cloud
	rotate    map[v1alpha1.Provider]func(id, secret, token string)
	account   *rest.Config // of the controller
	written   []string     // secret halves of access keys and tokens
	endpoints release.Endpoints
}

// newWorld makes a world, with a Secret for each cloud that is named after it.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, namespace: namespace(t), account: account, endpoints: release.Endpoints{}}
	w.clouds = map[v1alpha1.Provider]*enitest.Cloud{v1alpha1.Aliyun: {}, v1alpha1.Tencent: {}}
	ecs, vpc := aliyuntest.NewServer(w.clouds[v1alpha1.Aliyun]), tencenttest.NewServer(w.clouds[v1alpha1.Tencent])
	w.rotate = map[v1alpha1.Provider]func(id, secret, token string){
		v1alpha1.Aliyun: ecs.SetCredentials, v1alpha1.Tencent: vpc.SetCredentials,
	}
	for provider, server := range map[v1alpha1.Provider]*httptest.Server{
		v1alpha1.Aliyun: httptest.NewServer(ecs), v1alpha1.Tencent: httptest.NewServer(vpc),
	} {
		t.Cleanup(server.Close)
		w.endpoints[provider] = server.URL
	}
	w.secret(v1alpha1.Aliyun, ecs.AccessKeyID, ecs.AccessKeySecret, ecs.SecurityToken)
	w.secret(v1alpha1.Tencent, vpc.SecretID, vpc.SecretKey, vpc.Token)
	return w
}

// namespace makes a namespace for one test and empties it after the test.
func namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	must(t, kube.Create(t.Context(), ns))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		var rest v1alpha1.InterfaceReleaseList
		must(t, kube.List(ctx, &rest, client.InNamespace(ns.Name)))
		for i := range rest.Items {
			object := &rest.Items[i]
			must(t, client.IgnoreNotFound(kube.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))))
			must(t, client.IgnoreNotFound(kube.Delete(ctx, object)))
		}
	})
	return ns.Name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// secret writes a cloud's Secret, anew or again.
func (w *world) secret(provider v1alpha1.Provider, id, secret, token string) {
	w.t.Helper()
	w.written = append(w.written, secret, token)
	object := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: string(provider)},
		StringData: map[string]string{
			v1alpha1.AccessKeyID: id, v1alpha1.AccessKeySecret: secret, v1alpha1.SecurityToken: token,
		},
	}
	err := kube.Create(w.t.Context(), object)
	if apierrors.IsAlreadyExists(err) {
		err = kube.Update(w.t.Context(), object)
	}
	must(w.t, err)
}

// create makes an object and returns it.
func (w *world) create(name string, provider v1alpha1.Provider, id string, change func(*v1alpha1.InterfaceReleaseSpec)) *v1alpha1.InterfaceRelease {
	w.t.Helper()
	object := &v1alpha1.InterfaceRelease{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: v1alpha1.InterfaceReleaseSpec{
			Provider: provider, Region: regions[provider], InterfaceID: v1alpha1.ResourceID(id),
			CredentialsSecret: &v1alpha1.SecretReference{Name: string(provider)},
		},
	}
	change(&object.Spec)
	must(w.t, kube.Create(w.t.Context(), object))
	return object
}

func (w *world) remove(object *v1alpha1.InterfaceRelease) {
	w.t.Helper()
	must(w.t, kube.Delete(w.t.Context(), object))
}

// addresses is a change of a spec that asks for addresses.
func addresses(texts ...v1alpha1.Address) func(*v1alpha1.InterfaceReleaseSpec) {
	return func(s *v1alpha1.InterfaceReleaseSpec) { s.Addresses = texts }
}

// put adds an interface that is attached to i-<id>, with a primary address and
// these others. It has a tag, name=<id>.
func put(cloud *enitest.Cloud, id string, others ...v1alpha1.Address) {
	i := eni.Interface{
		ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-" + id, VPCID: "vpc-1",
		Tags: map[string]string{"name": id},
	}
	i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr("10.255.0.1"), Primary: true})
	for _, a := range others {
		i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr(string(a))})
	}
	cloud.Put(i)
}

// objects is what is in a namespace, by name.
type objects map[string]*v1alpha1.InterfaceRelease

// until watches the namespace until it is as wanted, and returns what is there.
func (w *world) until(what string, wanted func(objects) bool) objects {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		listed, err := watch(ctx, w.namespace, wanted)
		if err == nil {
			return listed
		}
		if ctx.Err() != nil {
			for name, o := range listed {
				w.t.Logf("%s: %s %s %s %v", name, o.Status.Phase, o.Status.Reason, o.Status.Released, o.Status.LastError)
			}
			w.t.Fatalf("%s: this did not come: %v", what, err)
		}
	}
}

// errClosed: the API server has ended a watch, which it may at any time.
var errClosed = errors.New("the watch was closed")

func watch(ctx context.Context, namespace string, wanted func(objects) bool) (objects, error) {
	listed := objects{}
	var list v1alpha1.InterfaceReleaseList
	if err := kube.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		return listed, err
	}
	for i := range list.Items {
		listed[list.Items[i].Name] = &list.Items[i]
	}
	changes, err := kube.Watch(ctx, &v1alpha1.InterfaceReleaseList{}, client.InNamespace(namespace),
		&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.ResourceVersion}})
	if err != nil {
		return listed, err
	}
	defer changes.Stop()
	for !wanted(listed) {
		change, ok := <-changes.ResultChan()
		if !ok {
			return listed, errors.Join(errClosed, ctx.Err())
		}
		object, known := change.Object.(*v1alpha1.InterfaceRelease)
		if !known {
			return listed, apierrors.FromObject(change.Object)
		}
		if change.Type == "DELETED" {
			delete(listed, object.Name)
		} else {
			listed[object.Name] = object
		}
	}
	return listed, nil
}

// all is true when every object is as it should be.
func all(is func(*v1alpha1.InterfaceRelease) bool) func(objects) bool {
	return func(listed objects) bool {
		for _, o := range listed {
			if !is(o) {
				return false
			}
		}
		return true
	}
}

func done(o *v1alpha1.InterfaceRelease) bool { return o.Status.Phase == v1alpha1.Done }

// free is true for an object that is done and that the controller has let go of.
func free(o *v1alpha1.InterfaceRelease) bool { return done(o) && len(o.Finalizers) == 0 }

// because is true for an object that is there for this reason.
func because(name, reason string) func(objects) bool {
	return func(listed objects) bool { return listed[name] != nil && listed[name].Status.Reason == reason }
}

func gone(name string) func(objects) bool {
	return func(listed objects) bool { return listed[name] == nil }
}

// process is a controller that runs.
type process struct {
	t      *testing.T
	cancel context.CancelFunc
	ended  chan error
}

// start starts a controller for the world, as its program does. A change of the
// settings is optional.
func (w *world) start(changes ...func(*settings)) *process {
	w.t.Helper()
	yes, now := true, time.Duration(0)
	s := settings{
		metrics: "0", probes: "0", workers: 8, endpoints: w.endpoints,
		log:       slog.NewTextHandler(&logs{t: w.t}, &slog.HandlerOptions{Level: slog.LevelError}),
		retry:     eni.Retry{MaxAttempts: 4},
		poll:      release.Delays{First: 20 * time.Millisecond, Max: 200 * time.Millisecond},
		again:     release.Delays{First: 50 * time.Millisecond, Max: time.Second},
		shutdown:  &now, // killed, not asked
		skipNames: &yes,
	}
	for _, change := range changes {
		change(&s)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	p := &process{t: w.t, cancel: cancel, ended: make(chan error, 1)}
	go func() { p.ended <- run(ctx, w.account, s) }()
	w.t.Cleanup(p.kill)
	return p
}

// kill ends a controller in the middle of whatever it does.
func (p *process) kill() {
	p.t.Helper()
	p.cancel()
	if err := <-p.ended; err != nil {
		p.t.Errorf("the controller ended with %v", err)
	}
	p.ended <- nil
}

// logs are the lines of a controller's log, as long as the test runs.
type logs struct {
	mu sync.Mutex
	t  *testing.T
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t.Context().Err() == nil {
		l.t.Logf("%s", line)
	}
	return len(line), nil
}

// audit compares what the clouds have done with what the objects asked for, and
// what they say with what the clouds have done.
func (w *world) audit(listed objects) {
	w.t.Helper()
	type item struct {
		provider v1alpha1.Provider
		id, what string
	}
	happened := map[item]int{}
	for provider, cloud := range w.clouds {
		for _, change := range cloud.History() {
			for _, p := range change.Released {
				if change.Deleted {
					continue // it goes with its interface
				}
				happened[item{provider, change.Call.InterfaceID, text(p)}]++
			}
			if change.Detached {
				happened[item{provider, change.Call.InterfaceID, "detach"}]++
			}
			if change.Deleted {
				happened[item{provider, change.Call.InterfaceID, "delete"}]++
			}
		}
	}
	asked := map[item]bool{}
	for name, o := range listed {
		id := string(o.Spec.InterfaceID)
		for _, a := range o.Status.Addresses {
			i := item{o.Spec.Provider, id, a.Address}
			asked[i] = true
			// After a lost answer nobody knows whether a stale address was stale before.
			if a.Outcome == v1alpha1.OutcomeReleased && happened[i] == 0 && a.Address != stale {
				w.t.Errorf("%s says that %v was released, and it was not", name, i)
			}
		}
		if o.Spec.Detach {
			asked[item{o.Spec.Provider, id, "detach"}] = true
		}
		if o.Spec.Delete {
			asked[item{o.Spec.Provider, id, "detach"}] = o.Spec.InstanceID != ""
			asked[item{o.Spec.Provider, id, "delete"}] = true
		}
		there, exists := w.clouds[o.Spec.Provider].Get(id)
		if done(o) && o.Spec.Delete && exists {
			w.t.Errorf("%s is done, and its interface still exists", name)
		}
		if done(o) && o.Spec.Detach && there.InstanceID != "" {
			w.t.Errorf("%s is done, and its interface is still attached", name)
		}
		for _, a := range there.Addresses {
			if done(o) && asked[item{o.Spec.Provider, id, a.Addr.String()}] {
				w.t.Errorf("%s is done, and %s is still on %s", name, a.Addr, id)
			}
		}
	}
	for i, times := range happened {
		if !asked[i] {
			w.t.Errorf("%v is gone, and nobody asked for it", i)
		}
		if times > 1 {
			w.t.Errorf("%v is gone %d times", i, times)
		}
	}
}

// text writes a prefix as specs do.
func text(p netip.Prefix) string { return eni.Result{Prefix: p}.String() }
