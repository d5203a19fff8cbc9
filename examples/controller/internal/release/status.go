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

// What the API server allows: that many request ids, and a note of an Event that
// has 1,024 bytes.
const (
	maxRequestIDs = 10
	maxMessage    = 900
)

// final reports whether there is nothing left to do about an address, a detach or a
// deletion.
func final(o v1alpha1.Outcome) bool {
	return o == v1alpha1.OutcomeReleased || o == v1alpha1.OutcomeAbsent
}

// seen reports whether the cloud has shown an interface that is to be deleted. One
// that a change was sent for was seen before.
func seen(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Seen || s.Delete == v1alpha1.OutcomeAccepted || s.Delete == v1alpha1.OutcomeUnknown
}

// over reports whether there is nothing left to do about an object.
func over(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Phase == v1alpha1.Done || s.Phase == v1alpha1.Failed
}

// underWay reports whether something may be under way in the cloud.
func underWay(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Reason == v1alpha1.ReasonUnderWay || s.Reason == v1alpha1.ReasonAccepted
}

// begun returns the status of an object for which a call is about to be made.
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

// next is the phase in which what is left is done.
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

// outcomes has the outcomes of the library in the words of the API.
var outcomes = map[eni.Outcome]v1alpha1.Outcome{
	eni.OutcomeAccepted: v1alpha1.OutcomeAccepted,
	eni.OutcomeReleased: v1alpha1.OutcomeReleased,
	eni.OutcomeAbsent:   v1alpha1.OutcomeAbsent,
	eni.OutcomeRefused:  v1alpha1.OutcomeRefused,
	eni.OutcomeUnknown:  v1alpha1.OutcomeUnknown,
}

// outcomeOf is the outcome of an address, prefix, detach or deletion by what a call with that
// error says now, and what was known before it. What the call did not come to stays
// as it is, and so does what is absent because the interface was not found: with a
// wrong region or account no interface is.
func outcomeOf(before v1alpha1.Outcome, now eni.Outcome, callErr error) v1alpha1.Outcome {
	switch {
	case now == eni.OutcomeAbsent && before == v1alpha1.OutcomeAccepted:
		return v1alpha1.OutcomeReleased // by us, before a restart or a new access key
	case now == eni.OutcomeAbsent && errors.Is(callErr, eni.ErrNotFound), now == eni.OutcomeNotTried:
		return before
	default:
		return outcomes[now]
	}
}

// merged returns the status that was base when an attempt began, with what is known
// of the attempt by now. It changes neither the phase nor the conditions.
func merged(base *v1alpha1.InterfaceReleaseStatus, a attempt) *v1alpha1.InterfaceReleaseStatus {
	s := base.DeepCopy()
	several := a.reasons() > 1
	for _, call := range a {
		s.Attempts += int32(call.op.Attempts()) //nolint:gosec // G115: nobody sends that many
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

// note records the result of one address or prefix. It says why it failed only where
// others failed for another reason: one cause is told once.
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

// count writes how much is gone of what was asked for.
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

// sameCause reports whether an error is for the same cause as the latest one: of the
// same kind and code, or, where no cloud said anything, of the same words.
func sameCause(latest *v1alpha1.ErrorStatus, reason string, err error) bool {
	if latest == nil || latest.Kind != reason {
		return false
	}
	if cause, ok := errors.AsType[*eni.Error](err); ok {
		return latest.Code == cause.Code
	}
	return latest.Message == line(err)
}

// line is an error's text, as long as it may be.
func line(err error) string {
	text := err.Error()
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// reason writes a kind of error as conditions are: not_found is NotFound.
func reason(kind eni.Kind) string {
	words := strings.Split(kind.Error(), "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// state is what the conditions say together. Finished is true with Ready or Failed.
type state struct{ ready, progressing, failed metav1.ConditionStatus }

var (
	progressing = state{ready: metav1.ConditionFalse, progressing: metav1.ConditionTrue, failed: metav1.ConditionFalse}
	ready       = state{ready: metav1.ConditionTrue, progressing: metav1.ConditionFalse, failed: metav1.ConditionFalse}
	failed      = state{ready: metav1.ConditionFalse, progressing: metav1.ConditionFalse, failed: metav1.ConditionTrue}
)

// declare sets the conditions. The message is that of Ready alone, which is the
// condition that tools show.
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
