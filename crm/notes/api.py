"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts.models import Contact
from crm.contacts.rest import actor_of, refuse, validated
from crm.notes import planning, writing
from crm.notes.models import NOTE_LENGTH, TITLE_LENGTH, Note, Task
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.models import Membership, Workspace

LARGEST = 2**63 - 1


class NoteSerializer(serializers.ModelSerializer[Note]):
    """`author` is the member's e-mail; null of a note that a key wrote."""

    author = serializers.CharField(source="author.email", default=None, read_only=True)
    pinned = serializers.SerializerMethodField()

    class Meta:
        model = Note
        fields = ("id", "contact", "text", "author", "pinned", "created_at", "edited_at")
        read_only_fields = fields

    def get_pinned(self, note: Note) -> bool:
        return note.pinned_at is not None


class NoteChanges(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=NOTE_LENGTH, required=False)
    pinned = serializers.BooleanField(required=False)


class NewNote(NoteChanges):
    text = serializers.CharField(max_length=NOTE_LENGTH)


class NoteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, WorkspaceViewSet):
    """What was written down about a contact, newest first. A key edits the words only of what a key wrote."""

    queryset = Note.objects.filter(deleted_at=None).select_related("author")
    serializer_class = NoteSerializer
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        notes = super().get_queryset()
        return notes if getattr(self, "swagger_fake_view", False) else notes.filter(contact=self._contact())

    def _contact(self) -> Contact:
        people = Contact.objects.alive().filter(workspace=self.workspace).select_related("workspace")
        return get_object_or_404(people, pk=self.kwargs["contact_pk"])

    @extend_schema(request=NewNote, responses={201: NoteSerializer})
    def create(self, request: Request, contact_pk: str) -> Response:
        contact, said = self._contact(), validated(NewNote, request)
        try:
            note = writing.add(contact, text=said["text"], by=None, actor=actor_of(request))
        except DjangoValidationError as error:
            raise refuse(error) from None
        return Response(self._changed(note, said), status=status.HTTP_201_CREATED)

    @extend_schema(request=NoteChanges, responses=NoteSerializer)
    def partial_update(self, request: Request, contact_pk: str, pk: str) -> Response:
        note, said = self.get_object(), validated(NoteChanges, request)
        if "text" in said:
            if note.author_id is not None:
                raise exceptions.PermissionDenied(_("Only who wrote a note edits it."))
            try:
                note = writing.edit(note, text=said["text"])
            except DjangoValidationError as error:
                raise refuse(error) from None
        return Response(self._changed(note, said))

    def _changed(self, note: Note, said: dict[str, Any]) -> Any:
        if "pinned" in said:
            (writing.pin if said["pinned"] else writing.unpin)(note)
        return NoteSerializer(Note.objects.select_related("author").get(pk=note.pk)).data

    def perform_destroy(self, instance: Note) -> None:
        writing.delete(instance)


class TaskSerializer(serializers.ModelSerializer[Task]):
    """`assignee` is the member's e-mail, or null."""

    assignee = serializers.CharField(source="assignee.user.email", default=None, read_only=True)
    done = serializers.SerializerMethodField()

    class Meta:
        model = Task
        fields = (
            *("id", "contact", "title", "due_on", "due_time", "assignee", "reminder", "remind_at", "reminded_at"),
            *("done", "done_at", "created_at"),
        )
        read_only_fields = fields

    def get_done(self, task: Task) -> bool:
        return task.done_at is not None


class TaskChanges(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_LENGTH, required=False)
    due_on = serializers.DateField(required=False)
    due_time = serializers.TimeField(required=False, allow_null=True, help_text="On the business's clock.")
    assignee = serializers.EmailField(required=False, allow_null=True, help_text="E-mail of a member of the business.")
    reminder = serializers.ChoiceField(Task.Reminder.choices, required=False, allow_blank=True)
    done = serializers.BooleanField(required=False)


class NewTask(TaskChanges):
    contact = serializers.IntegerField(min_value=1, max_value=LARGEST)
    title = serializers.CharField(max_length=TITLE_LENGTH)
    due_on = serializers.DateField()


class TaskFilter(filters.FilterSet):
    contact = filters.NumberFilter(field_name="contact_id", max_value=LARGEST)
    assignee = filters.CharFilter(field_name="assignee__user__email", lookup_expr="iexact", label="E-mail of a member.")
    done = filters.BooleanFilter(field_name="done_at", lookup_expr="isnull", exclude=True)
    due_from = filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_to = filters.DateFilter(field_name="due_on", lookup_expr="lte")

    class Meta:
        model = Task
        fields: list[str] = []  # type: ignore[valid-type]


class TaskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, WorkspaceViewSet):
    """What members mean to do for people, the newest first."""

    queryset = Task.objects.kept().select_related("workspace", "contact", "assignee__user")
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=NewTask, responses={201: TaskSerializer})
    def create(self, request: Request) -> Response:
        said = validated(NewTask, request)
        contact = Contact.objects.alive().filter(workspace=self.workspace, pk=said.pop("contact")).first()
        if contact is None:
            raise serializers.ValidationError({"contact": [_("There is no such contact.")]})
        try:
            task = planning.add(contact, said=self._said(said), by=None, actor=actor_of(request))
        except DjangoValidationError as error:
            raise refuse(error) from None
        return Response(self._settled(task, said), status=status.HTTP_201_CREATED)

    @extend_schema(request=TaskChanges, responses=TaskSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes what is named. `done` finishes the task or opens it again."""
        task, said = self.get_object(), validated(TaskChanges, request)
        try:
            if said.keys() - {"done"}:
                task = planning.edit(task, said=self._said(said))
        except DjangoValidationError as error:
            raise refuse(error) from None
        return Response(self._settled(task, said))

    def _said(self, said: dict[str, Any]) -> dict[str, Any]:
        if "assignee" not in said:
            return said
        return said | {"assignee": _member(self.workspace, said["assignee"])}

    def _settled(self, task: Task, said: dict[str, Any]) -> Any:
        if said.get("done") is True:
            planning.finish(task, by=None, actor=actor_of(self.request))
        if said.get("done") is False:
            planning.reopen(task)
        return TaskSerializer(self.get_queryset().get(pk=task.pk)).data

    def perform_destroy(self, instance: Task) -> None:
        planning.delete(instance)


def _member(workspace: Workspace, email: str | None) -> Membership | None:
    if not email:
        return None
    found = workspace.memberships.filter(user__email=email.lower()).first()
    if found is None:
        raise serializers.ValidationError({"assignee": [_("This person does not work in the business.")]})
    return found


routes: list[tuple[str, type, str]] = [
    (r"contacts/(?P<contact_pk>\d{1,18})/notes", NoteViewSet, "note"),
    ("tasks", TaskViewSet, "task"),
]
