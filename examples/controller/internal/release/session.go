// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// session has the credentials of an identity in Tencent Cloud. The interface of the
// vendor's SDK cannot return an error, so ready opens them before they are used and
// returns the error. After that they renew themselves.
type session struct {
	open func() (common.CredentialIface, error)

	opening chan struct{} // a lock for opening

	mu      sync.Mutex
	current common.CredentialIface // nil until open has succeeded, and after drop
}

func newSession(open func() (common.CredentialIface, error)) *session {
	return &session{open: open, opening: make(chan struct{}, 1)}
}

// ready opens the credentials if they are not open. The SDK takes no context: the
// opening continues after the caller's context has ended, for the next caller.
func (s *session) ready(ctx context.Context) error {
	select {
	case s.opening <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.opened() != nil {
		<-s.opening
		return nil
	}
	failed := make(chan error, 1)
	go func() {
		defer func() { <-s.opening }()
		opened, err := s.open()
		if err == nil {
			s.set(opened)
		}
		failed <- err
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drop closes credentials that the cloud refuses, so that the next use opens new ones
// or gets an error: the SDK keeps expired ones if it cannot renew them.
func (s *session) drop() { s.set(nil) }

func (s *session) set(c common.CredentialIface) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = c
}

func (s *session) opened() common.CredentialIface {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// GetCredential returns the current three parts; empty if they are not open.
func (s *session) GetCredential() (id, key, token string) {
	if current := s.opened(); current != nil {
		return current.GetCredential()
	}
	return "", "", ""
}

// GetSecretId and the next two implement the SDK's interface.
func (s *session) GetSecretId() string  { id, _, _ := s.GetCredential(); return id } //nolint:revive // the SDK's name
func (s *session) GetSecretKey() string { _, key, _ := s.GetCredential(); return key }
func (s *session) GetToken() string     { _, _, token := s.GetCredential(); return token }

// withSession is a client that makes the session ready before each call.
type withSession struct {
	client   cloudeni.Client
	session  *session
	identity Identity
}

func (c withSession) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.call(ctx, eni.OpUnassignPrivateIps, req.InterfaceID, func() (*eni.Operation, error) { return c.client.UnassignPrivateIps(ctx, req) })
}

func (c withSession) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.call(ctx, eni.OpUnassignIpv6, req.InterfaceID, func() (*eni.Operation, error) { return c.client.UnassignIpv6(ctx, req) })
}

func (c withSession) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	return c.call(ctx, eni.OpDetach, req.InterfaceID, func() (*eni.Operation, error) { return c.client.Detach(ctx, req) })
}

func (c withSession) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	return c.call(ctx, eni.OpDelete, req.InterfaceID, func() (*eni.Operation, error) { return c.client.Delete(ctx, req) })
}

func (c withSession) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	if err := c.ready(ctx, eni.OpDescribe, ""); err != nil {
		return nil, err
	}
	found, err := c.client.Describe(ctx, interfaceIDs...)
	c.learn(err)
	return found, err
}

func (c withSession) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return func(yield func(eni.Interface, error) bool) {
		if err := c.ready(ctx, eni.OpList, ""); err != nil {
			yield(eni.Interface{}, err)
			return
		}
		for i, err := range c.client.List(ctx, f) {
			c.learn(err)
			if !yield(i, err) {
				return
			}
		}
	}
}

func (c withSession) call(ctx context.Context, op, id string, do func() (*eni.Operation, error)) (*eni.Operation, error) {
	if err := c.ready(ctx, op, id); err != nil {
		return nil, err
	}
	made, err := do()
	c.learn(err)
	return made, err
}

// ready makes the session ready, or returns an error for the operation.
func (c withSession) ready(ctx context.Context, op, id string) error {
	err := c.session.ready(ctx)
	if err == nil {
		return nil
	}
	failed := &eni.Error{
		Kind: kindOfSession(err), Provider: tencent.Provider, Op: op, InterfaceID: id,
		Message: fmt.Sprintf("no credentials for the identity %s: %s", c.identity, tokens.ReplaceAllString(err.Error(), "***")),
	}
	if ended(err) {
		failed.Err = err
	}
	return failed
}

// learn drops the session if the error says that the cloud refused it.
func (c withSession) learn(err error) {
	if awaitsCredentials(err) {
		c.session.drop()
	}
}

// tokens matches JSON web tokens, which the error of a token service may repeat.
var tokens = regexp.MustCompile(`eyJ[\w-]+(\.[\w-]*){0,2}`)

// kindOfSession distinguishes a transient failure of a token service from a refusal.
func kindOfSession(err error) eni.Kind {
	if ended(err) {
		return eni.ErrUnavailable
	}
	if said, ok := errors.AsType[*tcerrors.TencentCloudSDKError](err); ok {
		for _, passing := range []string{"ClientError.NetworkError", "ClientError.HttpStatusCodeError", "InternalError", "RequestLimitExceeded"} {
			if strings.HasPrefix(said.Code, passing) {
				return eni.ErrUnavailable
			}
		}
	}
	return eni.ErrUnauthenticated
}
