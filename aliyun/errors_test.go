// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
	"github.com/cloudeni/cloudeni/internal/codes/codestest"
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
	for _, test := range []struct {
		code   string
		status int
		want   eni.Kind
		why    string
	}{
		{"Operation.Conflict", 403, eni.ErrConflict, "403 is not permission"},
		{"OperationConflict", 403, eni.ErrConflict, "a second spelling"},
		{"InvalidOperation.Conflict", 403, eni.ErrConflict, "a third spelling"},
		{"LastTokenProcessing", 403, eni.ErrConflict, "another change is in progress"},
		{"InvalidParameter.Conflict", 400, eni.ErrInvalid, "the suffix lies: parameters exclude each other"},
		{"InvalidParameter.EniNotBelongEcs", 400, eni.ErrState, "the prefix lies: detached already, or elsewhere"},
		{"InvalidOperation.RegionNotSupportIpPrefix", 500, eni.ErrUnsupported, "a 500 that never succeeds"},
		{"InvalidOperation.DetachPrimaryEniNotAllowed", 400, eni.ErrInvalid, "not a state that passes"},
		{"InvalidIp.IpUnassigned", 403, eni.ErrNotAssigned, "403 is not permission"},
		{"Abs.InvalidAccount.NotFound", 403, eni.ErrUnauthenticated, "the suffix lies: the account"},
		{"InvalidAccessKeyId.NotFound", 404, eni.ErrUnauthenticated, "the suffix lies: the key"},
		{"InvalidAccessKeyId.Inactive", 403, eni.ErrUnauthenticated, "a family"},
		{"InvalidVSwitchId.NotFound", 404, eni.ErrInvalid, "the suffix lies: not the interface"},
		{"InvalidSecurityGroupId.NotFound", 404, eni.ErrInvalid, "the suffix lies: not the interface"},
		{"InvalidVpcId.NotFound", 404, eni.ErrInvalid, "the suffix lies: not the interface"},
		{"InvalidRegionId.NotFound", 404, eni.ErrInvalid, "the suffix lies: configuration"},
		{"InvalidAction.NotFound", 404, eni.ErrUnsupported, "the suffix lies: the endpoint"},
		{"InvalidVSwitchId.IpInvalid", 403, eni.ErrInvalid, "the caller's mistake"},
		{"InvalidAccount.NotFound", 403, eni.ErrUnauthenticated, "the suffix lies: the account"},
		{"InvalidEniId.NotFound", 404, eni.ErrNotFound, "the suffix is right"},
		{"InvalidEniId.NotFound", 403, eni.ErrNotFound, "with whatever status"},
		{"InvalidNetworkInterfaceId.NotFound", 404, eni.ErrNotFound, "the suffix is right"},
		{"InvalidEcsId.NotFound", 404, eni.ErrConflict, "the instance: the interface may be free or not"},
		{"InvalidInstanceId.NotFound", 404, eni.ErrConflict, "the instance: the interface may be free or not"},
		{"InvalidInstanceId.NotFound", 403, eni.ErrConflict, "with whatever status"},
		{"InvalidOperation.InvalidEcsState", 400, eni.ErrConflict, "starting and stopping pass"},
		{"InvalidEcsState", 400, eni.ErrConflict, "starting and stopping pass"},
		{"IncorrectInstanceStatus", 403, eni.ErrConflict, "starting and stopping pass"},
		{"InvalidOperation.InvalidEniState", 400, eni.ErrState, "it does not say which state"},
		{"InvalidEniState", 400, eni.ErrState, "it does not say which state"},
		{"InvalidOperation.InvalidTrunkEniStatus", 403, eni.ErrState, "it does not say which state"},
		{"InvalidParameter.EniNotBelongTrunk", 403, eni.ErrState, "detached already, or elsewhere"},
		{"InvalidOperation.HasMemberEniAttached", 403, eni.ErrState, "the members go first"},
		{"InvalidOperation.EniLinked", 403, eni.ErrState, "the other interface goes first"},
		{"InvalidOperation.EniHotPlugNotSupported", 400, eni.ErrState, "the instance has to be stopped"},
		{"InvalidOperation.HotPlugNotSupport", 403, eni.ErrState, "the instance has to be stopped"},
		{"InvalidOperation.EniTypeNotSupportTrunking", 403, eni.ErrUnsupported, ""},
		{"InvalidOperation.InstanceTypeNotSupportEniTrunking", 403, eni.ErrUnsupported, ""},
		{"InvalidOperation.TrunkingIsNotAllowed", 403, eni.ErrUnsupported, ""},
		{"Forbidden.RegionId", 403, eni.ErrUnsupported, "the prefix lies: not permission"},
		{"Forbidden.RAM", 403, eni.ErrPermission, ""},
		{"Forbbiden.SubUser", 403, eni.ErrPermission, "misspelt"},
		{"forbidden.ram", 403, eni.ErrPermission, "case does not count"},
		{"InValidParameter", 400, eni.ErrInvalid, "case does not count"},
		{"InvalidInstanceID.MalFormed", 400, eni.ErrInvalid, "case does not count"},
		{"Forbidden.InstanceNotFound", 404, eni.ErrConflict, "the prefix lies: not permission; the instance"},
		{"Forbidden.AccessKeyDisabled", 403, eni.ErrUnauthenticated, "the prefix lies: the key"},
		{"Forbidden.Authentication", 403, eni.ErrPermission, "the suffix lies: the account's owner"},
		{"Forbidden.RiskControl", 403, eni.ErrPermission, ""},
		{"Forbidden.New", 403, eni.ErrUnknown, "not a family, because the prefix lies"},
		{"InvalidOperation.New", 403, eni.ErrUnknown, "not a family: conflicts, states, regions"},
		{"InvalidParameter.New", 400, eni.ErrUnknown, "not a family: it would lie for EniNotBelongEcs"},
		{"InvalidNew.NotFound", 404, eni.ErrUnknown, "the suffix is not a rule"},
		{"New.Conflict", 409, eni.ErrUnknown, "the suffix is not a rule, nor is the status"},
		{"InvalidApi.NotFound", 404, eni.ErrUnsupported, "the suffix lies: the endpoint"},
		{"InvalidProduct.NotFound", 404, eni.ErrInvalid, "the suffix lies: configuration"},
		{"MissingParameter.InstanceId", 403, eni.ErrInvalid, "a family"},
		{"MissingSecurityToken", 400, eni.ErrUnauthenticated, "the prefix lies: not a parameter of ours"},
		{"InvalidSecurityToken.MismatchWithAccessKey", 400, eni.ErrUnauthenticated, "a family"},
		{"InvalidSignatureMethod", 400, eni.ErrUnsupported, "not the secret: the endpoint"},
		{"IllegalTimestamp", 400, eni.ErrUnauthenticated, ""},
		{"IdempotentParameterMismatch", 400, eni.ErrInvalid, "not a conflict that passes"},
		{"OperationFailed.LastTokenProcessing", 400, eni.ErrConflict, ""},
		{"SecurityGroupInstanceLimitExceed", 403, eni.ErrQuota, "misspelt"},
		{"QuotaExceed", 403, eni.ErrQuota, "misspelt"},
		{"MaxEniCountExceeded", 403, eni.ErrQuota, ""},
		{"Rejected.Throttling", 400, eni.ErrThrottled, "the other way round"},
		{"UnknownError", 400, eni.ErrUnavailable, "the vendor's name for its failure, not ErrUnknown"},
		{"InternalError.Backend", 400, eni.ErrUnavailable, "a family, with whatever status"},
		{"ServiceUnavailable.Backend", 200, eni.ErrUnavailable, "a family, with whatever status"},
		{"Throttling", 400, eni.ErrThrottled, ""},
		{"Throttling.User", 403, eni.ErrThrottled, "a family"},
		{"Throttling.Api.Risk", 503, eni.ErrThrottled, "a family, two levels down"},
		{"ThrottlingOff", 400, eni.ErrUnknown, "not the family: no dot"},
		{"NotThrottling.User", 400, eni.ErrUnknown, "not the family"},
		{"QuotaExceeded.Eni", 403, eni.ErrQuota, "a family"},
		{"InvalidTimeStamp.Expired", 400, eni.ErrUnauthenticated, "the clock will be off next time too"},
		{"InvalidSecurityToken.Expired", 400, eni.ErrUnauthenticated, "a family"},
		{"SignatureNonceUsed", 400, eni.ErrUnavailable, "delivered twice; the first answer is lost"},
		{"ServiceUnavailable", 503, eni.ErrUnavailable, ""},
		{"InternalError", 500, eni.ErrUnavailable, ""},
		{"Never.Heard.Of", 400, eni.ErrUnknown, "no rule"},
		{"Never.Heard.Of", 404, eni.ErrUnknown, "the status says nothing about the interface"},
		{"Never.Heard.Of", 500, eni.ErrUnavailable, "the status counts where there is no rule"},
		{"Never.Heard.Of", 429, eni.ErrThrottled, "the status counts where there is no rule"},
	} {
		if got := classify("", test.code, test.status); got != test.want {
			t.Errorf("%s with status %d = %v; want %v (%s)", test.code, test.status, got, test.want, test.why)
		}
	}
}

// The codes that IgnoreNotFound turns into success, and those that are retried, are
// listed here, so that a change of the tables fails a test.
func TestCodesThatMeanNotFoundOrConflict(t *testing.T) {
	want := map[eni.Kind][]string{
		eni.ErrNotFound: {"invalideniid.notfound", "invalidnetworkinterfaceid.notfound"},
		eni.ErrConflict: {
			"forbidden.instancenotfound", "idempotentprocessing", "incorrectinstancestatus", "incorrectvswitchstatus", "instance.notfound",
			"invalidecsid.notfound", "invalidecsstate", "invalidinstanceid.notfound", "invalidoperation.conflict",
			"invalidoperation.invalidecsstate",
			"lasttokenprocessing", "operation.conflict", "operationbusy", "operationconflict", "operationfailed.lasttokenprocessing", "taskconflict",
		},
	}
	got := map[eni.Kind][]string{}
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
}

func TestExplain(t *testing.T) {
	_, e := send(t, replying(http.StatusForbidden,
		`{"RequestId":"R-1","HostId":"ecs","Code":"Operation.Conflict","Message":"ecs task\nis \u001b[1mconflicted.","Recommend":"https://x"}`))
	if e == nil {
		t.Fatal("no error")
	}
	if e.Kind != eni.ErrConflict || e.Code != "Operation.Conflict" || e.Message != "ecs task is [1mconflicted." ||
		e.RequestID != "R-1" || e.HTTPStatus != http.StatusForbidden {
		t.Errorf("error = %+v", e)
	}
	if e.Provider != "" || e.Op != "" || e.InterfaceID != "" || e.Attempts != 0 {
		t.Errorf("the core's fields are filled: %+v", e)
	}
	var server *sdkerrors.ServerError
	if !errors.As(e, &server) {
		t.Fatal("errors.As does not find the SDK's error")
	}
	if server.ErrorCode() != e.Code || server.RequestId() != "R-1" || server.HttpStatus() != 403 || server.HostId() != "ecs" {
		t.Errorf("the SDK's error = %v", server)
	}
}

func TestExplainForeignErrors(t *testing.T) {
	d := newTestDriver(t, nil)
	e := d.Explain("Detach", errors.New("Post \"https://x/?AccessKeyId=abc\": boom\nat once"))
	if e.Kind != eni.ErrUnknown || strings.Contains(e.Error(), "abc") || strings.Contains(e.Error(), "\n") {
		t.Errorf("error = %v", e)
	}
	e = d.Explain("Detach", fmt.Errorf("lane: %w", context.Canceled))
	if e.Kind != eni.ErrUnavailable || !errors.Is(e, context.Canceled) {
		t.Errorf("error = %v", e)
	}
}
