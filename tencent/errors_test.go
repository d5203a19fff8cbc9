// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
	"github.com/cloudeni/cloudeni/internal/codes/codestest"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// The first file has the kind of each code, written by hand from the vendor's
// documentation. The second one has the codes that the vendor's pages list, and
// observed ones.
func TestCodes(t *testing.T) {
	rows := codestest.Read(t, "testdata/codes.csv")
	listed := codestest.ReadListed(t, "testdata/listed.csv")
	for _, line := range slices.Concat(codestest.Differences(rows, table), codestest.Uncovered(rows, table), codestest.Unanswered(listed, rows)) {
		t.Error(line)
	}
	codestest.CheckChanges(t, rows, table.Exact(), table.Families())
}

func TestClassify(t *testing.T) {
	const (
		unassign = string(core.UnassignPrivateIps)
		detach   = string(core.Detach)
	)
	tests := []struct {
		op, code string
		status   int
		want     eni.Kind
	}{
		// Prefixes and suffixes that lie.
		{unassign, "InvalidParameterValue.LimitExceeded", 200, eni.ErrInvalid},
		{unassign, "LimitExceeded.ActionLimited", 200, eni.ErrThrottled},
		{unassign, "LimitExceeded", 200, eni.ErrQuota},
		{unassign, "RequestSizeLimitExceeded", 200, eni.ErrInvalid},
		{unassign, "UnsupportedOperation.AttachmentNotFound", 200, eni.ErrNotAssigned},
		{unassign, "UnauthorizedOperation.AttachmentNotFound", 200, eni.ErrNotAssigned},
		{detach, "UnsupportedOperation.AttachmentNotFound", 200, eni.ErrState},
		{detach, "UnauthorizedOperation.AttachmentNotFound", 200, eni.ErrState},
		{unassign, "UnauthorizedOperation.PrimaryIp", 200, eni.ErrInvalid},
		{unassign, "UnauthorizedOperation", 200, eni.ErrPermission},
		{unassign, "AuthFailure.UnauthorizedOperation", 200, eni.ErrPermission},
		{unassign, "AuthFailure.SecretIdNotFound", 200, eni.ErrUnauthenticated},
		{unassign, "InvalidParameter.Coexist", 200, eni.ErrInvalid},
		{unassign, "UnsupportedOperation.MutexOperationTaskRunning", 200, eni.ErrConflict},
		{unassign, "operationdenied.MUTEXTASKRUNNING", 200, eni.ErrConflict},
		{detach, "UnsupportedOperation.IdempotentProcessing", 200, eni.ErrConflict},
		{detach, "UnsupportedOperation.IdempotentParameterMismatch", 200, eni.ErrInvalid},
		{detach, "UnsupportedOperation.InvalidState", 200, eni.ErrState},
		{detach, "UnsupportedOperation", 200, eni.ErrUnsupported},

		// Not found is the interface and nothing else.
		{unassign, "ResourceNotFound", 200, eni.ErrNotFound},
		{detach, "ResourceNotFound", 200, eni.ErrNotFound},
		{core.Describe, "ResourceNotFound", 200, eni.ErrNotFound},
		{detach, "InvalidInstanceId.NotFound", 200, eni.ErrConflict},
		{unassign, "InvalidVpcId.NotFound", 200, eni.ErrInvalid},
		{unassign, "InvalidSecurityGroupID.NotFound", 200, eni.ErrInvalid},
		{unassign, "InvalidNeverSeen.NotFound", 200, eni.ErrUnknown},

		// What passes by itself, and what a description has to show.
		{unassign, "UnsupportedOperation.InvalidInstanceState", 200, eni.ErrConflict},
		{detach, "UnsupportedOperation.InvalidInstanceState", 200, eni.ErrConflict},
		{unassign, "UnsupportedOperation.InstanceStateNotSupported", 200, eni.ErrConflict},
		{detach, "InvalidParameterValue.InvalidInstanceState", 200, eni.ErrConflict},
		{detach, "OperationDenied.InstanceOperationInProgress", 200, eni.ErrConflict},
		{unassign, "UnsupportedOperation.ResourceProcessing", 200, eni.ErrConflict},
		{unassign, "MutexOperation.TaskRunning", 200, eni.ErrConflict},
		{unassign, "DesOperation.MutexTaskRunning", 200, eni.ErrConflict},
		{unassign, "UnsupportedOperation.InvalidState", 200, eni.ErrState},
		{unassign, "ResourceInUse", 200, eni.ErrConflict},

		// Families.
		{unassign, "RequestLimitExceeded", 200, eni.ErrThrottled},
		{unassign, "RequestLimitExceeded.IPLimitExceeded", 200, eni.ErrThrottled},
		{unassign, "RequestLimitExceeded.NeverSeen", 200, eni.ErrThrottled},
		{unassign, "AuthFailure.NeverSeen", 200, eni.ErrUnauthenticated},
		{unassign, "InternalError.NeverSeen", 200, eni.ErrUnavailable},

		// What only begins like one of them.
		{unassign, "UnsupportedOperation.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "UnauthorizedOperation.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "LimitExceeded.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "InvalidParameterValue.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "ResourceNotFound.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "OperationDenied.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "FailedOperation.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "ResourceInUse.NeverSeen", 200, eni.ErrConflict},
		{unassign, "ResourceUnavailable.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "ResponseSizeLimitExceeded", 200, eni.ErrInvalid},
		{unassign, "InternalErrorNeverSeen", 200, eni.ErrUnknown},
		{unassign, "ClientError.NeverSeen", 200, eni.ErrUnknown},
		{unassign, "AuthFailureNeverSeen", 200, eni.ErrUnknown},
		{unassign, "", 200, eni.ErrUnknown},

		// The status, where there is no rule for the code.
		{unassign, "NeverSeen", 500, eni.ErrUnavailable},
		{unassign, "NeverSeen", 429, eni.ErrThrottled},
		{unassign, "UnauthorizedOperation", 500, eni.ErrPermission},
		{unassign, "", 429, eni.ErrThrottled},
	}
	for _, test := range tests {
		if got := classify(test.op, test.code, test.status); got != test.want {
			t.Errorf("%s with %d on %s is %v, want %v", test.code, test.status, test.op, got, test.want)
		}
	}
}

// The codes that IgnoreNotFound turns into success, and those that are retried, are
// listed here, so that a change of the tables fails a test.
func TestCodesThatMeanNotFoundOrConflict(t *testing.T) {
	want := map[eni.Kind][]string{
		eni.ErrNotFound: {
			"invalidnetworkinterface.notfound", "invalidnetworkinterfaceid.notfound", "invalidparametervalue.networkinterfacenotfound", "resourcenotfound",
		},
		eni.ErrConflict: {
			"desoperation.mutextaskrunning", "invalidinstance.notfound", "invalidinstanceid.notfound", "invalidparametervalue.invalidinstancestate",
			"mutexoperation.taskrunning", "operationdenied.instanceoperationinprogress", "operationdenied.mutextaskrunning",
			"resourcebusy", "resourceinuse", "unsupportedoperation.addressipstatusnotpermit", "unsupportedoperation.addressstatusnotpermit",
			"unsupportedoperation.idempotentprocessing", "unsupportedoperation.instancenotexist", "unsupportedoperation.instancestatenotsupported",
			"unsupportedoperation.invalidaddressstate", "unsupportedoperation.invalidinstancestate", "unsupportedoperation.mutexoperationtaskrunning",
			"unsupportedoperation.resourceprocessing", "unsupportedoperation.tagallocate", "unsupportedoperation.tagfree",
		},
	}
	got := map[eni.Kind][]string{}
	for code, r := range codeDescs {
		got[r.Kind] = append(got[r.Kind], code)
	}
	table.Each(func(code string, r codes.Rule, isFamily bool) {
		got[r.Kind] = append(got[r.Kind], code)
		if isFamily && r.Kind == eni.ErrNotFound {
			t.Errorf("the family %s is %v, which is for single codes", code, r.Kind)
		}
		if r.Expired && r.Kind != eni.ErrUnauthenticated {
			t.Errorf("%s: the core asks for other credentials only after ErrUnauthenticated", code)
		}
	})
	for kind, codes := range want {
		slices.Sort(got[kind])
		if !slices.Equal(got[kind], codes) {
			t.Errorf("%v: %q, want %q", kind, got[kind], codes)
		}
	}
	for number, r := range numbers {
		if want[r.Kind] != nil {
			t.Errorf("%d is %v", number, r.Kind)
		}
	}
}

func TestExplain(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		return respond(http.StatusOK, `{"Response":{"Error":{"Code":"FailedOperation","Message":"its\nmessage"},"RequestId":"r-1"}}`), nil
	})
	_, err := d.Send(t.Context(), testChange)
	e := d.Explain("Detach", fmt.Errorf("wrapped: %w", err))
	var said *tcerrors.TencentCloudSDKError
	if e.Kind != eni.ErrUnknown || e.Code != "FailedOperation" || e.Message != "its message" || e.RequestID != "r-1" || e.HTTPStatus != http.StatusOK {
		t.Errorf("%+v", e)
	}
	if !errors.As(e, &said) || said.Code != e.Code || said.Message != e.Message || said.RequestId != "r-1" {
		t.Errorf("the SDK's error is %v", said)
	}
	if e.Provider != "" || e.Op != "" || e.InterfaceID != "" || e.Attempts != 0 {
		t.Errorf("the core's fields are filled: %+v", e)
	}
	for err, want := range map[error]eni.Kind{
		context.Canceled:          eni.ErrUnavailable,
		errors.New("other"):       eni.ErrUnknown,
		error(eni.ErrUnsupported): eni.ErrUnsupported,
	} {
		if e := d.Explain("", err); e.Kind != want || e.Message == "" {
			t.Errorf("%v: %+v", err, e)
		}
	}
}

// A message that may contain the string to sign is replaced.
func TestSignatureMessages(t *testing.T) {
	for _, code := range []string{"AuthFailure.SignatureFailure", "authfailure.signaturefailure", "AuthFailure.InvalidAuthorization"} {
		d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
			return respond(http.StatusOK, `{"Response":{"Error":{"Code":"`+code+`","Message":"the whole request"},"RequestId":"r-1"}}`), nil
		})
		_, err := d.Send(t.Context(), testChange)
		if e := d.Explain("", err); strings.Contains(fmt.Sprint(e, e.Err), "whole") || e.Message != reply.SignatureRefused || e.Code != code {
			t.Errorf("%s: %+v", code, e)
		}
	}
}

// The transport and the cloud may repeat the request.
func TestSecretsStayOut(t *testing.T) {
	all := testID + " " + testKey + " " + testToken + " " + url.QueryEscape(testToken)
	tests := map[string]roundTripper{
		"transport": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("%s %s: %w", all, r.Header.Get("Authorization"), errors.New(testKey))
		},
		"url": func(*http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: "https://x.example/?Token=" + url.QueryEscape(testToken), Err: errors.New("broken")}
		},
		"code": func(*http.Request) (*http.Response, error) {
			return respond(http.StatusOK, `{"Response":{"Error":{"Code":"`+all+`","Message":"x"},"RequestId":"`+all+`"}}`), nil
		},
		"message": func(*http.Request) (*http.Response, error) {
			return respond(http.StatusOK, `{"Response":{"Error":{"Code":"UnauthorizedOperation","Message":"`+all+`"},"RequestId":"r"}}`), nil
		},
		"signature": func(r *http.Request) (*http.Response, error) {
			said := strings.ReplaceAll(r.Header.Get("Authorization"), `"`, "") + " " + all
			return respond(http.StatusOK, `{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"`+said+`"},"RequestId":"r"}}`), nil
		},
		"address": func(*http.Request) (*http.Response, error) {
			return respond(http.StatusOK, described(`{"NetworkInterfaceId":"eni-1","State":"AVAILABLE","PrivateIpAddressSet":[{"PrivateIpAddress":"`+all+`"}]}`, 1)), nil
		},
		"body": func(*http.Request) (*http.Response, error) {
			return respond(http.StatusBadGateway, `{"x":"`+all+`"}`), nil
		},
	}
	for name, transport := range tests {
		t.Run(name, func(t *testing.T) {
			var signature string
			d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
				_, signature, _ = strings.Cut(r.Header.Get("Authorization"), "Signature=")
				return transport(r)
			})
			_, err := d.Describe(t.Context(), []string{"eni-1"})
			if err == nil {
				t.Fatal("no error")
			}
			e := d.Explain(core.Describe, err)
			text := fmt.Sprintf("%v %+v %v %+v %v", e, e, e.Err, e.Err, err)
			if strings.Contains(text, signature) {
				t.Errorf("%s holds the signature", text)
			}
			e.Provider = "tencent"
			text = strings.ReplaceAll(text, "Signature=[redacted]", "")
			if strings.Contains(text, "Signature=") {
				t.Errorf("%s holds a signature", text)
			}
			for _, secret := range []string{testID, testKey, testToken, url.QueryEscape(testToken)} {
				if strings.Contains(text+fmt.Sprint(e.LogValue(), errors.Unwrap(e.Err)), secret) {
					t.Errorf("%s holds %s", text, secret)
				}
			}
		})
	}
}
