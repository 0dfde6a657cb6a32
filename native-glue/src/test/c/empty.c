/* The least a static program can be: what every measurement is compared with. */
int main(void)
{
    return 0;
}
