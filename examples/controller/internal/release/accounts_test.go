// SPDX-License-Identifier: Apache-2.0

package release

import (
	"net/netip"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Who uses the same account shares a client; who only claims to does not; and the
// client of an access key goes with its last user.
func TestAccounts(t *testing.T) {
	from := func(namespace string) origin {
		return origin{types.NamespacedName{Namespace: namespace, Name: "account"}, v1alpha1.Aliyun, "cn-hangzhou"}
	}
	var accounts Accounts
	use := func(from origin, c Credentials) (any, func()) {
		t.Helper()
		client, done, err := accounts.Use(from, c)
		if err != nil {
			t.Fatal(err)
		}
		return client, done
	}
	key := Credentials{ID: "id", Secret: "secret"}
	first, doneFirst := use(from("a"), key)
	again, doneAgain := use(from("b"), key)
	if first != again {
		t.Error("two namespaces with the same account have two clients")
	}
	thief, doneThief := use(from("c"), Credentials{ID: "id", Secret: "guess"})
	if thief == first {
		t.Error("the id alone was enough for the client of another")
	}
	abroad := from("a")
	abroad.region = "cn-beijing"
	elsewhere, doneElsewhere := use(abroad, key)
	if elsewhere == first {
		t.Error("two regions share a client")
	}

	renewed, doneRenewed := use(from("a"), Credentials{ID: "id", Secret: "new"})
	if renewed == first {
		t.Error("new credentials have the client of the old ones")
	}
	for _, done := range []func(){doneFirst, doneAgain, doneThief, doneElsewhere, doneRenewed} {
		done()
	}
	if same, done := use(from("b"), key); same != first {
		t.Error("a client went while a secret held its credentials")
	} else {
		done()
	}
	for _, gone := range []origin{from("b"), from("c"), abroad} {
		accounts.Forget(gone)
	}
	if n := len(accounts.clients); n != 1 {
		t.Errorf("%d clients remain, want that of the one secret that is", n)
	}
	if _, done := use(from("a"), Credentials{ID: "id", Secret: "newer"}); len(accounts.clients) != 1 {
		t.Errorf("%d clients, want 1: the one before has no user", len(accounts.clients))
	} else {
		done()
	}
}

// Keys that were read together with a line end are named by their field before
// anything is sent.
func TestPaddedCredentials(t *testing.T) {
	for provider, field := range map[v1alpha1.Provider]string{v1alpha1.Aliyun: "access key secret", v1alpha1.Tencent: "access key secret (SecretKey)"} {
		accounts := Accounts{Endpoints: Endpoints{provider: "http://cloud.invalid"}}
		client, done, err := accounts.Use(origin{provider: provider, region: "r-1"}, Credentials{ID: "id", Secret: "secret\n"})
		if err != nil {
			t.Fatal(err)
		}
		op, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{
			InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")},
		})
		done()
		if !awaitsCredentials(err) || op.Attempts() != 0 || !strings.Contains(err.Error(), field+" ends with white space") {
			t.Errorf("%s: %v after %d attempts", provider, err, op.Attempts())
		}
	}
}
