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

// final reports whether there is nothing left to do about an address or a detach.
func final(o v1alpha1.Outcome) bool {
	return o == v1alpha1.OutcomeReleased || o == v1alpha1.OutcomeDetached || o == v1alpha1.OutcomeAbsent
}

// over reports whether there is nothing left to do about an object.
func over(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Phase == v1alpha1.Done || s.Phase == v1alpha1.Failed
}

// underWay reports whether something may be under way in the cloud.
func underWay(s *v1alpha1.InterfaceReleaseStatus) bool {
	return s.Reason == v1alpha1.ReasonUnderWay || s.Reason == v1alpha1.ReasonSettling
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
		count(s)
	}
	return s
}

// next is the phase in which what is left is done.
func next(s *v1alpha1.InterfaceReleaseStatus) v1alpha1.Phase {
	open := func(a v1alpha1.AddressStatus) bool { return !final(a.Outcome) }
	switch {
	case slices.ContainsFunc(s.Addresses, open):
		return v1alpha1.Releasing
	case s.Detach != "" && !final(s.Detach):
		return v1alpha1.Detaching
	default:
		return v1alpha1.Done
	}
}

// outcomes says what a client's word about an address becomes, by what is known
// already. What a call did not come to leaves that as it is.
func outcomes(before v1alpha1.Outcome, now eni.Outcome, settled bool) v1alpha1.Outcome {
	switch now {
	case eni.OutcomeReleased:
		if settled {
			return v1alpha1.OutcomeReleased
		}
		return v1alpha1.OutcomeAccepted
	case eni.OutcomeAbsent:
		if before == v1alpha1.OutcomeAccepted {
			return v1alpha1.OutcomeReleased // by us, before a restart or a new access key
		}
		return v1alpha1.OutcomeAbsent
	case eni.OutcomeRefused:
		return v1alpha1.OutcomeRefused
	case eni.OutcomeUnknown:
		return v1alpha1.OutcomeUnknown
	default:
		return before
	}
}

// heard returns the status that was base when an attempt began, with what is known
// of the attempt by now. It changes neither the phase nor the conditions.
func heard(base *v1alpha1.InterfaceReleaseStatus, a attempt) *v1alpha1.InterfaceReleaseStatus {
	s := base.DeepCopy()
	for _, v := range a {
		s.Attempts += int32(v.op.Attempts()) //nolint:gosec // G115: nobody sends that many
		s.RequestIDs = append(s.RequestIDs, v.op.RequestIDs()...)
		for _, result := range v.op.Results() {
			note(s, result, v.done)
		}
		if v.name == detach {
			s.Detach = detached(v)
		}
	}
	if more := len(s.RequestIDs) - maxRequestIDs; more > 0 {
		s.RequestIDs = s.RequestIDs[more:]
	}
	count(s)
	return s
}

// note records the result of one address or prefix.
func note(s *v1alpha1.InterfaceReleaseStatus, result eni.Result, settled bool) {
	names := []string{result.Prefix.String()}
	if result.Prefix.IsSingleIP() {
		names = append(names, result.Prefix.Addr().String())
	}
	i := slices.IndexFunc(s.Addresses, func(a v1alpha1.AddressStatus) bool { return slices.Contains(names, a.Address) })
	if i < 0 {
		return
	}
	a := &s.Addresses[i]
	a.Outcome, a.Message = outcomes(a.Outcome, result.Outcome, settled), ""
	if result.Err != nil && !final(a.Outcome) {
		a.Message = line(result.Err)
	}
}

// detached is the outcome of a detach.
func detached(v verb) v1alpha1.Outcome {
	err := errors.Join(v.refused, v.late)
	switch {
	case err == nil && v.done:
		return v1alpha1.OutcomeDetached
	case v.refused == nil && !v.done:
		return v1alpha1.OutcomeAccepted
	case eni.IsRetryable(err) || awaitsCredentials(err):
		return v1alpha1.OutcomePending
	default:
		return v1alpha1.OutcomeRefused
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
	if s.Detach != "" {
		all++
		if final(s.Detach) {
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

// state is what the three conditions say together.
type state struct{ ready, progressing, failed metav1.ConditionStatus }

var (
	goesOn   = state{ready: metav1.ConditionFalse, progressing: metav1.ConditionTrue, failed: metav1.ConditionFalse}
	isSo     = state{ready: metav1.ConditionTrue, progressing: metav1.ConditionFalse, failed: metav1.ConditionFalse}
	hopeless = state{ready: metav1.ConditionFalse, progressing: metav1.ConditionFalse, failed: metav1.ConditionTrue}
)

// declare sets the conditions.
func declare(s *v1alpha1.InterfaceReleaseStatus, is state, reason, message string) {
	s.Reason = reason
	for kind, status := range map[string]metav1.ConditionStatus{
		v1alpha1.ConditionReady:       is.ready,
		v1alpha1.ConditionProgressing: is.progressing,
		v1alpha1.ConditionFailed:      is.failed,
	} {
		meta.SetStatusCondition(&s.Conditions, metav1.Condition{
			Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: s.ObservedGeneration,
		})
	}
	slices.SortFunc(s.Conditions, func(a, b metav1.Condition) int { return -strings.Compare(a.Type, b.Type) })
}
