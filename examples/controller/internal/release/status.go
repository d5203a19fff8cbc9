// SPDX-License-Identifier: Apache-2.0

package release

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Limits of the API server: the number of request ids, and 1,024 bytes for the note of
// an Event.
const (
	maxRequestIDs = 10
	maxMessage    = 900
)

// final reports whether there is nothing left to do about an address, a detach or a
// deletion.
func final(o v1alpha1.Outcome) bool {
	return o == v1alpha1.OutcomeReleased || o == v1alpha1.OutcomeAbsent
}

// seen reports whether the cloud has shown the interface to delete. A change is sent
// only after that.
func seen(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Seen || s.Delete == v1alpha1.OutcomeAccepted || s.Delete == v1alpha1.OutcomeUnknown
}

// over reports whether there is nothing left to do about an object.
func over(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Phase == v1alpha1.Done || s.Phase == v1alpha1.Failed
}

// inProgress reports whether a change may be in progress in the cloud.
func inProgress(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Reason == v1alpha1.ReasonInProgress || s.Reason == v1alpha1.ReasonAccepted
}

// begun returns the status of an object whose next call is about to begin.
func begun(object *v1alpha1.InterfaceRelease) *v1alpha1.InterfaceReleaseStatus {
	s := object.Status.DeepCopy()
	s.ObservedGeneration = object.Generation
	if s.Phase == "" {
		s.Phase = v1alpha1.Pending
		for _, a := range object.Spec.Addresses {
			s.Addresses = append(s.Addresses, v1alpha1.AddressStatus{Address: string(a), Outcome: v1alpha1.OutcomePending})
		}
		for _, p := range object.Spec.Prefixes {
			s.Addresses = append(s.Addresses, v1alpha1.AddressStatus{Address: string(p), Outcome: v1alpha1.OutcomePending})
		}
		if object.Spec.Detach {
			s.Detach = v1alpha1.OutcomePending
		}
		if object.Spec.Delete {
			s.Delete = v1alpha1.OutcomePending
		}
		count(s)
	}
	return s
}

// next returns the phase of the next step.
func next(s *v1alpha1.InterfaceReleaseStatus) v1alpha1.Phase {
	pending := func(a v1alpha1.AddressStatus) bool { return !final(a.Outcome) }
	switch {
	case slices.ContainsFunc(s.Addresses, pending):
		return v1alpha1.Releasing
	case s.Detach != "" && !final(s.Detach):
		return v1alpha1.Detaching
	case s.Delete != "" && !final(s.Delete):
		return v1alpha1.Deleting
	default:
		return v1alpha1.Done
	}
}

// outcomes maps the outcomes of the library to those of the API.
var outcomes = map[eni.Outcome]v1alpha1.Outcome{
	eni.OutcomeAccepted: v1alpha1.OutcomeAccepted,
	eni.OutcomeReleased: v1alpha1.OutcomeReleased,
	eni.OutcomeAbsent:   v1alpha1.OutcomeAbsent,
	eni.OutcomeRefused:  v1alpha1.OutcomeRefused,
	eni.OutcomeUnknown:  v1alpha1.OutcomeUnknown,
}

// outcomeOf returns the outcome of a target from its previous outcome and the outcome
// and error of a call. A target that the call did not try keeps its outcome, and so
// does one that is absent because the interface was not found: the region or account
// may be wrong.
func outcomeOf(before v1alpha1.Outcome, now eni.Outcome, callErr error) v1alpha1.Outcome {
	switch {
	case now == eni.OutcomeAbsent && before == v1alpha1.OutcomeAccepted:
		return v1alpha1.OutcomeReleased // by the controller, before a restart or a new access key
	case now == eni.OutcomeAbsent && errors.Is(callErr, eni.ErrNotFound), now == eni.OutcomeNotTried:
		return before
	default:
		return outcomes[now]
	}
}

// merged returns base, the status when an attempt began, with the results of the
// attempt so far. It changes neither the phase nor the conditions.
func merged(base *v1alpha1.InterfaceReleaseStatus, a attempt) *v1alpha1.InterfaceReleaseStatus {
	s := base.DeepCopy()
	several := a.reasons() > 1
	for _, call := range a {
		s.Attempts += int32(call.op.Attempts()) //nolint:gosec // G115: the number is small
		s.RequestIDs = append(s.RequestIDs, call.op.RequestIDs()...)
		for _, result := range call.op.Results() {
			note(s, result, call.callErr, several)
		}
		switch call.name {
		case eni.OpDetach:
			s.Detach = outcomeOf(s.Detach, call.op.Outcome(), call.callErr)
		case eni.OpDelete:
			s.Delete = outcomeOf(s.Delete, call.op.Outcome(), call.callErr)
			s.Seen = s.Seen || call.seen
		}
	}
	if more := len(s.RequestIDs) - maxRequestIDs; more > 0 {
		s.RequestIDs = s.RequestIDs[more:]
	}
	count(s)
	return s
}

// note records the result of one address or prefix. It has a message only if others
// failed for another reason, so that each cause is reported once.
func note(s *v1alpha1.InterfaceReleaseStatus, result eni.Result, callErr error, several bool) {
	names := []string{result.Prefix.String(), result.String()}
	i := slices.IndexFunc(s.Addresses, func(a v1alpha1.AddressStatus) bool { return slices.Contains(names, a.Address) })
	if i < 0 {
		return
	}
	a := &s.Addresses[i]
	a.Outcome, a.Message = outcomeOf(a.Outcome, result.Outcome, callErr), ""
	why := result.Err
	if why == nil && errors.Is(callErr, eni.ErrNotFound) {
		why = callErr
	}
	if several && why != nil && !final(a.Outcome) {
		a.Message = line(why)
	}
}

// count sets the number of targets that are gone.
func count(s *v1alpha1.InterfaceReleaseStatus) {
	gone, all := 0, len(s.Addresses)
	for _, a := range s.Addresses {
		if final(a.Outcome) {
			gone++
		}
	}
	for _, whole := range []v1alpha1.Outcome{s.Detach, s.Delete} {
		if whole != "" {
			all++
		}
		if final(whole) {
			gone++
		}
	}
	s.Released = fmt.Sprintf("%d/%d", gone, all)
}

// failure records an error.
func failure(s *v1alpha1.InterfaceReleaseStatus, reason string, err error) {
	s.LastError = &v1alpha1.ErrorStatus{Kind: reason, Message: line(err), Time: metav1.Now()}
	if cause, ok := errors.AsType[*eni.Error](err); ok {
		s.LastError.Code, s.LastError.RequestID = cause.Code, cause.RequestID
	}
}

// sameCause reports whether an error has the same cause as the latest one: the same
// kind and code, or, without a code, the same text.
func sameCause(latest *v1alpha1.ErrorStatus, reason string, err error) bool {
	if latest == nil || latest.Kind != reason {
		return false
	}
	if cause, ok := errors.AsType[*eni.Error](err); ok {
		return latest.Code == cause.Code
	}
	return latest.Message == line(err)
}

// line returns the text of an error, up to maxMessage bytes.
func line(err error) string {
	text := err.Error()
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// reason converts a kind of error to the reason of a condition: not_found to NotFound.
func reason(kind eni.Kind) string {
	words := strings.Split(kind.Error(), "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// state stands for the values of all conditions. Finished is true with Ready or Failed.
type state struct{ ready, progressing, failed metav1.ConditionStatus }

var (
	progressing = state{ready: metav1.ConditionFalse, progressing: metav1.ConditionTrue, failed: metav1.ConditionFalse}
	ready       = state{ready: metav1.ConditionTrue, progressing: metav1.ConditionFalse, failed: metav1.ConditionFalse}
	failed      = state{ready: metav1.ConditionFalse, progressing: metav1.ConditionFalse, failed: metav1.ConditionTrue}
)

// declare sets the conditions. Only Ready, which tools show, has the message.
func declare(s *v1alpha1.InterfaceReleaseStatus, is state, reason, message string) {
	s.Reason = reason
	finished := metav1.ConditionTrue
	if is.progressing == metav1.ConditionTrue {
		finished = metav1.ConditionFalse
	}
	for _, c := range []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: is.ready, Message: message},
		{Type: v1alpha1.ConditionProgressing, Status: is.progressing},
		{Type: v1alpha1.ConditionFinished, Status: finished},
		{Type: v1alpha1.ConditionFailed, Status: is.failed},
	} {
		c.Reason, c.ObservedGeneration = reason, s.ObservedGeneration
		meta.SetStatusCondition(&s.Conditions, c)
	}
}
