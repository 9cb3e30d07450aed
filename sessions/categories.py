"""Categories of sessions; at most one is the default."""

from django.db import models
from django.db.models import Q


class CategoryQuerySet(models.QuerySet["Category"]):
    def default(self) -> "Category | None":
        return self.filter(is_default=True).first()


class Category(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    is_default = models.BooleanField(
        default=False, help_text="New sessions get it. At most one is the default."
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(
                name="only_one_default_category",
                fields=["is_default"],
                condition=Q(is_default=True),
                violation_error_message="Another category is the default already.",
            )
        ]

    def __str__(self) -> str:
        return self.name
