// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes/codestest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestClassifyLegacy(t *testing.T) {
	const op = string(core.UnassignPrivateIps)
	tests := []struct {
		number int
		desc   string
		status int
		want   eni.Kind
	}{
		// Numbers by themselves.
		{4000, "", 200, eni.ErrInvalid},
		{4100, "", 200, eni.ErrUnauthenticated},
		{4101, "", 200, eni.ErrPermission},
		{4102, "", 200, eni.ErrPermission},
		{4103, "", 200, eni.ErrPermission},
		{4104, "", 200, eni.ErrUnauthenticated},
		{4105, "", 200, eni.ErrUnauthenticated},
		{4300, "", 200, eni.ErrPermission},
		{4400, "", 200, eni.ErrThrottled},
		{4500, "", 200, eni.ErrUnavailable},
		{5000, "", 200, eni.ErrUnknown},
		{5100, "", 200, eni.ErrInvalid},
		{5200, "", 200, eni.ErrUnsupported},
		{5300, "", 200, eni.ErrUnsupported},
		{5400, "", 200, eni.ErrUnknown},
		{5500, "", 200, eni.ErrUnsupported},
		{6000, "", 200, eni.ErrUnavailable},
		{6200, "", 200, eni.ErrUnavailable},
		{7003, "", 200, eni.ErrUnknown},
		{-3001, "", 200, eni.ErrUnknown},
		{7003, "", 503, eni.ErrUnavailable},
		{4102, "", 503, eni.ErrPermission},

		// A specific codeDesc has priority over any number.
		{5100, "InvalidPrivateip.IsPrimary", 200, eni.ErrInvalid},
		{5000, "InvalidPrivateip.IsPrimary", 200, eni.ErrInvalid},
		{5100, "InvalidNetworkInterface.NotFound", 200, eni.ErrNotFound},
		{4000, "invalidnetworkinterface.NOTFOUND", 200, eni.ErrNotFound},
		{5000, "InvalidVpc.NotFound", 200, eni.ErrInvalid},
		{5000, "InvalidInstance.NotFound", 200, eni.ErrConflict},
		{5000, "ResourceNotFound", 200, eni.ErrUnknown},
		{5100, "UnsupportedOperation.InvalidInstanceState", 200, eni.ErrConflict},
		{5100, "OperationDenied.MutexTaskRunning", 200, eni.ErrConflict},
		{5100, "UnsupportedOperation.MutexOperationTaskRunning", 200, eni.ErrConflict},
		{4000, "RequestLimitExceeded.UinLimitExceeded", 200, eni.ErrThrottled},
		{4100, "AuthFailure.UnauthorizedOperation", 200, eni.ErrPermission},
		{5100, "InternalError.NeverSeen", 200, eni.ErrUnavailable},

		// A codeDesc that is general or unknown has not.
		{5000, "InvalidParameter", 200, eni.ErrUnknown},
		{4105, "AuthFailure", 200, eni.ErrUnauthenticated},
		{4400, "LimitExceeded", 200, eni.ErrThrottled},
		{5000, "InvalidPrivateip.NotFound", 200, eni.ErrUnknown},
		{5100, "UnsupportedOperation.NeverSeen", 200, eni.ErrInvalid},
		{5000, "FailedOperation", 200, eni.ErrUnknown},

		// A text in place of the number, and what the SDK or the wire report.
		{0, "InvalidNetworkInterface.NotFound", 200, eni.ErrNotFound},
		{0, "ResourceNotFound", 200, eni.ErrUnknown},
		{0, "RequestLimitExceeded", 200, eni.ErrThrottled},
		{0, "InternalError", 200, eni.ErrUnavailable},
		{0, "NeverSeen", 200, eni.ErrUnknown},
		{0, "NeverSeen", 500, eni.ErrUnavailable},
	}
	for _, test := range tests {
		if got := classifyLegacy(op, test.desc, test.number, test.status); got != test.want {
			t.Errorf("%d %s with status %d is %v, want %v", test.number, test.desc, test.status, got, test.want)
		}
	}
}

// A description has only an interface, so a not-found is the interface.
func TestClassifyLegacyDescriptions(t *testing.T) {
	for _, test := range []struct {
		number int
		desc   string
		want   eni.Kind
	}{
		{5000, "", eni.ErrNotFound},
		{5000, "InvalidParameter", eni.ErrNotFound},
		{5000, "InvalidNetworkInterface.NotFound", eni.ErrNotFound},
		{0, "ResourceNotFound", eni.ErrNotFound},
		{5000, "InvalidVpc.NotFound", eni.ErrInvalid},
		{4102, "", eni.ErrPermission},
	} {
		if got := classifyLegacy(core.Describe, test.desc, test.number, 200); got != test.want {
			t.Errorf("%d %s is %v, want %v", test.number, test.desc, got, test.want)
		}
	}
}

// The file has the kind of each number and codeDesc, written by hand from the vendor's
// documentation.
func TestLegacyCodes(t *testing.T) {
	rows := codestest.Read(t, "testdata/codes_legacy.csv")
	listed := codestest.ReadListed(t, "testdata/listed_legacy.csv")
	for _, line := range codestest.Unanswered(listed, slices.Concat(rows, codestest.Read(t, "testdata/codes.csv"))) {
		t.Error(line)
	}
	rowFor := make(map[string]bool)
	for _, row := range rows {
		rowFor[strings.ToLower(row.Code)] = true
		number, err := strconv.Atoi(row.Code)
		desc, numbers := "", []int{number}
		if err != nil {
			desc, numbers = row.Code, []int{4500, 5100} // whichever it is, the codeDesc decides
		}
		if _, ok := codeDescs[strings.ToLower(desc)]; row.Kind == codestest.NoRule {
			if ok {
				t.Errorf("%s has a rule", row.Code)
			}
			continue
		}
		for _, number := range numbers {
			if r, ok := ruleForLegacy(desc, number); !ok || r.Expired != row.Renew || r.Why == "" {
				t.Errorf("%s: %+v", row.Code, r)
			}
			for _, op := range row.Ops() {
				for _, status := range []int{200, 403, 503} {
					if got := classifyLegacy(op, strings.ToUpper(desc), number, status); got.Error() != row.Kind {
						t.Errorf("%s with status %d on %s is %v, want %s (%s)", row.Code, status, op, got, row.Kind, row.Words)
					}
				}
			}
		}
	}
	for number := range numbers {
		if !rowFor[strconv.Itoa(number)] {
			t.Errorf("%d is in no row", number)
		}
	}
	for desc := range codeDescs {
		if !rowFor[desc] || desc != strings.ToLower(desc) {
			t.Errorf("%s is in no row", desc)
		}
	}
}

// Only these start a renewal.
func TestExpired(t *testing.T) {
	for code, want := range map[string]bool{
		"AuthFailure.TokenFailure":          true,
		"authfailure.TOKENFAILURE":          true,
		"AuthFailure.SecretIdNotFound":      true,
		"AuthFailure.SignatureExpire":       false, // of the clock
		"AuthFailure.SignatureFailure":      false,
		"AuthFailure.InvalidSecretId":       false,
		"AuthFailure.MFAFailure":            false,
		"AuthFailure.UnauthorizedOperation": false,
		"AuthFailure.NeverSeen":             false,
		"AuthFailure":                       false,
		"RequestLimitExceeded":              false,
	} {
		if r, _ := ruleFor(code); r.Expired != want {
			t.Errorf("%s: %t", code, r.Expired)
		}
	}
	for number := range numbers {
		want := number == 4104 || number == 4105
		if r, _ := ruleForLegacy("AuthFailure", number); r.Expired != want {
			t.Errorf("%d: %t", number, r.Expired)
		}
	}
}
