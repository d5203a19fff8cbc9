// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// refusing is a cloud that refuses each call with its error, if any.
type refusing struct {
	cloudeni.Client

	err error
}

func (c refusing) UnassignPrivateIps(context.Context, eni.UnassignRequest) (*eni.Operation, error) {
	return eni.NewOperation(nil), c.err
}

func (c refusing) UnassignIpv6(context.Context, eni.UnassignRequest) (*eni.Operation, error) {
	return eni.NewOperation(nil), c.err
}

func (c refusing) Detach(context.Context, eni.DetachRequest) (*eni.Operation, error) {
	return eni.NewOperation(nil), c.err
}

func (c refusing) Delete(context.Context, eni.DeleteRequest) (*eni.Operation, error) {
	return eni.NewOperation(nil), c.err
}

func (c refusing) Describe(context.Context, ...string) ([]eni.Interface, error) { return nil, c.err }

func (c refusing) List(context.Context, eni.Filter) iter.Seq2[eni.Interface, error] {
	return func(yield func(eni.Interface, error) bool) { yield(eni.Interface{}, c.err) }
}

func release1(ctx context.Context, client eni.Client) error {
	_, err := client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.7")}})
	return err
}

// Credentials are opened once for all calls, and again when the cloud refuses them.
func TestSessionIsOpenedOnce(t *testing.T) {
	opened := 0
	s := newSession(func() (common.CredentialIface, error) {
		opened++
		return common.NewTokenCredential("id", "key", "token"), nil
	})
	if id, _, _ := s.GetCredential(); id != "" || opened != 0 {
		t.Errorf("before a call: %q, opened %d times", id, opened)
	}
	refused := &eni.Error{Kind: eni.ErrUnauthenticated}
	for _, step := range []struct {
		err    error
		opened int
		id     string
	}{
		{nil, 1, "id"}, {&eni.Error{Kind: eni.ErrConflict}, 1, "id"}, {refused, 1, ""}, {nil, 2, "id"},
	} {
		err := release1(t.Context(), withSession{client: refusing{err: step.err}, session: s, identity: OIDC})
		if id, key, token := s.GetCredential(); !errors.Is(err, step.err) || opened != step.opened || id != step.id || (id != "") != (key == "key" && token == "token") {
			t.Errorf("%v: opened %d times, now %q (%v)", step.err, opened, id, err)
		}
	}
	if s.GetSecretId() != "id" || s.GetSecretKey() != "key" || s.GetToken() != "token" {
		t.Error("the parts are not those of the whole")
	}
}

// A token service that refuses waits for other credentials, one that fails for a
// moment does not; neither shows the token.
func TestSessionThatCannotBeOpened(t *testing.T) {
	const token = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"
	for code, want := range map[string]eni.Kind{
		"InvalidParameter.WebIdentityTokenError": eni.ErrUnauthenticated,
		"ClientError.NetworkError":               eni.ErrUnavailable,
		"InternalError.DbError":                  eni.ErrUnavailable,
		"RequestLimitExceeded":                   eni.ErrUnavailable,
	} {
		s := newSession(func() (common.CredentialIface, error) {
			return nil, tcerrors.NewTencentCloudSDKError(code, "token "+token+" is wrong", "r-1")
		})
		err := release1(t.Context(), withSession{client: refusing{}, session: s, identity: OIDC})
		if eni.KindOf(err) != want || !strings.Contains(err.Error(), "identity oidc") || !strings.Contains(err.Error(), "token *** is wrong") {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// A token service that hangs holds nobody longer than the context, and serves the
// next one when it answers.
func TestSessionThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := 0
		s := newSession(func() (common.CredentialIface, error) {
			opened++
			time.Sleep(time.Minute)
			return common.NewTokenCredential("id", "key", "token"), nil
		})
		client := withSession{client: refusing{}, session: s, identity: OIDC}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := release1(ctx, client); !passes(err) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v; it should pass", err)
			}
			cancel()
		}
		if err := release1(t.Context(), client); err != nil || opened != 1 {
			t.Errorf("%v, opened %d times", err, opened)
		}
	})
}

// Whatever is asked of the cloud, the session is ready before, says why it is not, and
// is dropped when the cloud refuses it.
func TestEveryCallNeedsTheSession(t *testing.T) {
	for name, call := range map[string]func(cloudeni.Client) error{
		"UnassignPrivateIps": func(c cloudeni.Client) error { return release1(t.Context(), c) },
		"UnassignIpv6": func(c cloudeni.Client) error {
			_, err := c.UnassignIpv6(t.Context(), eni.UnassignRequest{})
			return err
		},
		"Detach": func(c cloudeni.Client) error {
			_, err := c.Detach(t.Context(), eni.DetachRequest{})
			return err
		},
		"Delete": func(c cloudeni.Client) error {
			_, err := c.Delete(t.Context(), eni.DeleteRequest{})
			return err
		},
		"Describe": func(c cloudeni.Client) error {
			_, err := c.Describe(t.Context(), "eni-1")
			return err
		},
		"List": func(c cloudeni.Client) error {
			for _, err := range c.List(t.Context(), eni.Filter{}) {
				return err
			}
			return nil
		},
	} {
		closed := newSession(func() (common.CredentialIface, error) { return nil, errors.New("no role") })
		err := call(withSession{client: refusing{}, session: closed, identity: OIDC})
		if said, ok := errors.AsType[*eni.Error](err); !ok || said.Op != name || said.Kind != eni.ErrUnauthenticated {
			t.Errorf("%s without credentials: %v", name, err)
		}
		refused := &eni.Error{Kind: eni.ErrUnauthenticated}
		open := newSession(func() (common.CredentialIface, error) { return common.NewTokenCredential("id", "key", "token"), nil })
		err = call(withSession{client: refusing{err: refused}, session: open, identity: OIDC})
		if id, _, _ := open.GetCredential(); !errors.Is(err, refused) || id != "" {
			t.Errorf("%s with credentials that are refused: %v, and they are kept: %t", name, err, id != "")
		}
	}
}
