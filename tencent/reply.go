package tencent

import (
	"fmt"
	"strings"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/internal/core"
)

// response is a reply that validates itself: for the SDK every JSON object without
// an error code is a success, the empty one included.
type response interface {
	tchttp.Response
	requestID() string
	validate(secrets redactor) error
}

// result is what every reply holds.
type result struct {
	RequestID string    `json:"RequestId"`
	Error     *struct{} `json:"Error"` // the SDK ignores one without a code
}

func (r *result) id() string {
	if r == nil {
		return ""
	}
	return r.RequestID
}

func (r *result) complete() error {
	switch {
	case r == nil:
		return unreadable("the reply has no Response")
	case r.Error != nil:
		return unreadable("the reply has an error without a code")
	case r.RequestID == "":
		return unreadable("the reply has no RequestId")
	}
	return nil
}

// changeResponse answers the three changes.
type changeResponse struct {
	tchttp.BaseResponse

	Response *result `json:"Response"`
}

func (r *changeResponse) requestID() string       { return r.Response.id() }
func (r *changeResponse) validate(redactor) error { return r.Response.complete() }

// taskResponse answers DescribeVpcTaskResult.
type taskResponse struct {
	tchttp.BaseResponse

	Response *taskResult `json:"Response"`

	status core.TaskStatus
}

type taskResult struct {
	result

	Status string `json:"Status"`
	Output string `json:"Output"`
}

// taskStates are the three that the API documents.
var taskStates = map[string]core.TaskState{
	"RUNNING": core.TaskRunning,
	"SUCCESS": core.TaskSucceeded,
	"FAILED":  core.TaskFailed,
}

func (r *taskResponse) requestID() string {
	if r.Response == nil {
		return ""
	}
	return r.Response.id()
}

func (r *taskResponse) validate(secrets redactor) error {
	if r.Response == nil {
		return (*result)(nil).complete()
	}
	if err := r.Response.complete(); err != nil {
		return err
	}
	state, ok := taskStates[strings.ToUpper(r.Response.Status)]
	if !ok {
		return unreadable(fmt.Sprintf("%q is not the status of a task", r.Response.Status))
	}
	r.status = core.TaskStatus{State: state, Output: oneLine(secrets.redact(r.Response.Output))}
	return nil
}
