package tencent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// legacyReply is a reply of API 2.0. The vendor documented it twice, and the clouds
// that still speak it follow the one or the other:
//
//	{"code":0,  "codeDesc":"Success", "data":{"taskId":16284}}
//	{"code":0,  "codeDesc":"Success", "data":{"totalNum":1, "data":[…]}}
//	{"code":0,  "data":{"status":0}}
//	{"code":"0","taskId":16284}
//	{"code":"0","totalCount":1, "data":[…]}
//
// So a number may be a string anywhere, and a field of data may be beside it. A set
// may be a list of one or a single object.
type legacyReply struct {
	Code       scalar          `json:"code"`
	Message    scalar          `json:"message"`
	CodeDesc   scalar          `json:"codeDesc"`
	RequestID  scalar          `json:"requestId"` // documented by neither
	TaskID     scalar          `json:"taskId"`
	TotalCount scalar          `json:"totalCount"`
	Data       json.RawMessage `json:"data"`

	// What the answer to a request holds, once it is read.
	task       string
	interfaces []eni.Interface
	total      int
	status     core.TaskStatus
}

// scalar is a string, a number or a truth value, as the text that it is written
// with. Null is the empty text.
type scalar struct{ text string }

var errNotScalar = errors.New("a list or an object where a single value is expected")

// UnmarshalJSON implements json.Unmarshaler.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, &s.text)
	case '{', '[':
		return errNotScalar
	case 'n':
		s.text = ""
	default:
		s.text = string(b)
	}
	return nil
}

// count reads a number that is not negative.
func (s scalar) count() (int, bool) {
	n, err := strconv.ParseUint(s.text, 10, 31)
	return int(n), err == nil
}

// truth reads a truth value; what is not there is false.
func (s scalar) truth() (value, ok bool) {
	switch strings.ToLower(s.text) {
	case "true", "1":
		return true, true
	case "false", "0", "":
		return false, true
	}
	return false, false
}

// lone is an object, or a list of at most one; nil where there is none.
type lone[T any] struct{ value *T }

var errNotLone = errors.New("a list of many where a single object is expected")

// UnmarshalJSON implements json.Unmarshaler.
func (l *lone[T]) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		return json.Unmarshal(b, &l.value)
	}
	var list []*T
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		l.value = list[0]
		return nil
	default:
		return errNotLone
	}
}

// refusalError is an answer with a code other than 0.
type refusalError struct {
	number  int    // 0 where the code is not a number
	desc    string // empty where there is only a number
	message string
	request string
}

func (r *refusalError) Error() string { return r.code() }

// code is the codeDesc, which says more than the number.
func (r *refusalError) code() string {
	if r.desc != "" {
		return r.desc
	}
	return strconv.Itoa(r.number)
}

// sdkError is the refusal as an error of the SDK, which has no field for the number.
func (r *refusalError) sdkError() error {
	message := r.message
	if ours := numbers[r.number].message; ours != "" {
		message = ours
	}
	return tcerrors.NewTencentCloudSDKError(r.code(), message, r.request)
}

// success is what codeDesc says where nothing is wrong.
const success = "success"

// readLegacyReply reads a JSON object. It returns a *refusalError where the cloud
// refused, and a reply only where no field of it contradicts a success.
func readLegacyReply(body []byte, status int) (*legacyReply, error) {
	r := new(legacyReply)
	if err := json.Unmarshal(body, r); err != nil {
		return nil, unreadable("the reply is not one of API 2.0: " + shape(err))
	}
	desc := r.CodeDesc.text
	if strings.EqualFold(desc, success) {
		desc = ""
	}
	number, err := strconv.Atoi(r.Code.text)
	switch {
	case r.Code.text == "":
		return nil, unreadable("the reply has no code")
	case err != nil && desc == "":
		desc = r.Code.text // a text in place of the number
		fallthrough
	case err != nil, number != 0:
		return nil, &refusalError{number: number, desc: desc, message: r.Message.text, request: r.RequestID.text}
	case desc != "":
		return nil, unreadable("the reply has the code of a success and the codeDesc of an error")
	case status != http.StatusOK:
		return nil, unreadable("the reply has the code of a success and the status of an error")
	}
	return r, nil
}

// shape returns what encoding/json reports, without any part of the reply.
func shape(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s where %s is expected", wrong.Value, wrong.Type)
	}
	if errors.Is(err, errNotScalar) || errors.Is(err, errNotLone) {
		return err.Error()
	}
	return "it cannot be read"
}

// fields reads data, where there are any.
func (r *legacyReply) fields(into any) error {
	if len(r.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Data, into); err != nil {
		return unreadable("the reply's data are not what was asked for: " + shape(err))
	}
	return nil
}

// readChange reads the answer to a change. Every accepted change has a task.
func (r *legacyReply) readChange(redactor) error {
	var data lone[struct {
		TaskID scalar `json:"taskId"`
	}]
	if err := r.fields(&data); err != nil {
		return err
	}
	r.task = r.TaskID.text
	if data.value != nil && data.value.TaskID.text != "" {
		r.task = data.value.TaskID.text
	}
	if r.task == "" || r.task == "0" {
		return unreadable("the reply has no taskId")
	}
	return nil
}

// legacyTaskStates are the three that the API documents.
var legacyTaskStates = map[string]core.TaskState{
	"0": core.TaskSucceeded,
	"1": core.TaskFailed,
	"2": core.TaskRunning,
}

// readTask reads the answer to a task query.
func (r *legacyReply) readTask(secrets redactor) error {
	var data lone[struct {
		Status scalar          `json:"status"`
		Output json.RawMessage `json:"output"` // documented by none
	}]
	if err := r.fields(&data); err != nil {
		return err
	}
	if data.value == nil {
		return unreadable("the reply has no data")
	}
	state, ok := legacyTaskStates[data.value.Status.text]
	if !ok {
		return unreadable(fmt.Sprintf("%q is not the status of a task", data.value.Status.text))
	}
	var output string
	if json.Unmarshal(data.value.Output, &output) != nil {
		output = string(data.value.Output) // of any type
	}
	r.status = core.TaskStatus{State: state, Output: oneLine(secrets.redact(output))}
	return nil
}

// legacyInterface is an interface as API 2.0 writes it. It has no state: an
// interface is on an instance or not.
type legacyInterface struct {
	NetworkInterfaceID    string          `json:"networkInterfaceId"`
	VPCID                 string          `json:"vpcId"`
	Primary               scalar          `json:"primary"`
	PrivateIPAddressesSet []legacyAddress `json:"privateIpAddressesSet"`

	InstanceSet lone[struct {
		InstanceID string `json:"instanceId"`
	}] `json:"instanceSet"`
}

type legacyAddress struct {
	PrivateIPAddress string `json:"privateIpAddress"`
	Primary          scalar `json:"primary"`
}

// readInterfaces reads one page of a list.
func (r *legacyReply) readInterfaces(redactor) error {
	var list []legacyInterface
	total := r.TotalCount
	if data := bytes.TrimSpace(r.Data); len(data) > 0 && data[0] == '[' {
		if err := r.fields(&list); err != nil {
			return err
		}
	} else {
		var page struct {
			TotalNum   scalar            `json:"totalNum"`
			TotalCount scalar            `json:"totalCount"`
			Data       []legacyInterface `json:"data"`
		}
		if err := r.fields(&page); err != nil {
			return err
		}
		list = page.Data
		for _, count := range []scalar{page.TotalCount, page.TotalNum} {
			if count.text != "" {
				total = count
			}
		}
	}
	var ok bool
	if r.total, ok = total.count(); !ok {
		return unreadable("the reply has no totalNum, so it does not say what exists")
	}
	r.interfaces = make([]eni.Interface, 0, len(list))
	for i := range list {
		described, err := list[i].describe()
		if err != nil {
			return err
		}
		r.interfaces = append(r.interfaces, described)
	}
	return nil
}

// describe returns an error for what it cannot read in full: an address that is
// left out would count as released.
func (n *legacyInterface) describe() (eni.Interface, error) {
	primary, ok := n.Primary.truth()
	switch {
	case n.NetworkInterfaceID == "":
		return eni.Interface{}, unreadable("an interface has no id")
	case n.PrivateIPAddressesSet == nil:
		return eni.Interface{}, unreadable("an interface has no list of addresses")
	case !ok:
		return eni.Interface{}, unreadable("an interface is neither primary nor not")
	}
	described := eni.Interface{
		ID:        n.NetworkInterfaceID,
		Type:      eni.TypeSecondary,
		State:     eni.StateAvailable,
		VPCID:     n.VPCID,
		Addresses: make([]eni.Address, 0, len(n.PrivateIPAddressesSet)),
	}
	if primary {
		described.Type = eni.TypePrimary
	}
	if on := n.InstanceSet.value; on != nil && on.InstanceID != "" {
		described.InstanceID, described.State = on.InstanceID, eni.StateInUse
	}
	for _, a := range n.PrivateIPAddressesSet {
		addr, err := netip.ParseAddr(a.PrivateIPAddress)
		primary, ok := a.Primary.truth()
		switch {
		case err != nil || !addr.Is4():
			return eni.Interface{}, unreadable(fmt.Sprintf("%q is not an IPv4 address", a.PrivateIPAddress))
		case !ok:
			return eni.Interface{}, unreadable("an address is neither primary nor not")
		}
		described.Addresses = append(described.Addresses, eni.Address{Addr: addr, Primary: primary})
	}
	return described, nil
}
